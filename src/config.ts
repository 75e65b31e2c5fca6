// Reads the settings of the program and of the dialects from the environment.

import { z } from 'zod';
import { isForeignHost, words } from './settingKinds.ts';
import { program } from './settings.ts';
import { unknownSettings } from './unknownSettings.ts';

export type Config = Readonly<z.infer<typeof program>>;

/** The settings of a foreign API. */
interface Configured {
  readonly name: string;
  readonly settings?: z.ZodObject;
}

/** Reads `none` as an empty list, and refuses a name that no dialect has. */
const chosenAmong = (dialects: readonly Configured[]) =>
  words(...dialects.map(({ name }) => name), 'none')
    .refine((chosen) => chosen.length === 1 || !chosen.includes('none'), 'must be none alone, such as none, or names')
    .transform((chosen) => chosen.filter((name) => name !== 'none'))
    .optional()
    .describe(program.shape.DIALECTS.description ?? '');

/** Every setting of the program and of `dialects`, by name. */
export const settingsOf = (dialects: readonly Configured[]): z.ZodObject['shape'] => ({
  ...program.shape,
  DIALECTS: chosenAmong(dialects),
  ...Object.assign({}, ...dialects.map(({ settings }) => settings?.shape)),
});

/** In words: the variables that have the name of a setting, but were set for another program. */
export const passedOver = ({ HOST = '' }: Readonly<Record<string, string | undefined>>): readonly string[] =>
  isForeignHost(HOST)
    ? ['HOST is no address, so another program set it, and it is passed over. Set HOST to an address to listen on']
    : [];

/**
 * `dialects`: their settings are read too. Without them `DIALECTS` is not checked: the process does not serve.
 * @throws Error naming every setting that is invalid
 */
export const readConfig = (
  environment: Readonly<Record<string, string | undefined>>,
  dialects?: readonly Configured[],
): Config => {
  const shape: z.ZodObject['shape'] = dialects === undefined ? program.shape : settingsOf(dialects);
  const given = passedOver(environment).length === 0 ? environment : { ...environment, HOST: undefined };
  // A file of settings from Windows leaves a carriage return behind each value.
  const values = Object.fromEntries(Object.keys(shape).map((name) => [name, given[name]?.trim() || undefined]));
  const parsed = z.object(shape).safeParse(values);
  const errors = [
    ...unknownSettings(environment, Object.keys(shape)),
    ...(parsed.error?.issues ?? []).map(({ path: [name], message }) => {
      const about = shape[String(name)]?.description;
      return `${String(name)}: ${message}${about === undefined ? '' : ` (${about})`}`;
    }),
  ];
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const config = parsed.data as Config;
  if (config.EVENTSTORE_URL !== undefined && config.AUTH_SECRET === undefined)
    throw new Error(
      'AUTH_SECRET: required with EVENTSTORE_URL, the same for every process, such as `openssl rand -hex 32` makes',
    );
  const missing = (['MAIL_FROM', 'PUBLIC_URL'] as const).filter((name) => config[name] === undefined);
  if (config.SMTP_URL !== undefined && missing.length > 0)
    throw new Error(missing.map((name) => `${name}: required with SMTP_URL, for the mails`).join('\n'));
  const { PORT, OPERATOR_PORT } = config;
  if (OPERATOR_PORT !== undefined && OPERATOR_PORT === PORT && PORT !== 0)
    throw new Error(`OPERATOR_PORT: must be another port than PORT, such as ${PORT + 1}`);
  return config;
};

// The settings of the program, and how they and those of the dialects are read from the environment.

import { z } from 'zod';
import { secretsOf } from './auth/secret.ts';
import { isOurStream } from './domain/streams.ts';
import { areNetworks } from './limits/clientAddress.ts';
import { limitSettings } from './limits/table.ts';

const count = z.coerce.number().int().positive();
const bytes = z.coerce.number().int().min(0);
const days = z.coerce.number().positive().max(3650);
const url = (pattern: RegExp, example: string) => z.string().regex(pattern, `an address such as ${example}`).optional();
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const areSecrets = (text: string): boolean => {
  try {
    return secretsOf(text).length > 0;
  } catch {
    return false;
  }
};

const program = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000).describe('Port to listen on; 0 takes any free port'),
  DATA_DIR: z.string().min(1).default('./data').describe('Folder of the embedded stores'),
  EVENTSTORE_URL: url(/^esdb(\+discover)?:\/\//, 'esdb://host:2113').describe(
    'EventStoreDB in place of the embedded event store',
  ),
  EVENTSTORE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dots, hyphens and underscores, 64 at most')
    .refine((prefix) => !isOurStream(prefix), 'must not begin as a stream of an installation without a prefix does')
    .optional()
    .describe('What the names of all streams begin with, where several installations share EventStoreDB'),
  MONGODB_URL: url(/^mongodb(\+srv)?:\/\//, 'mongodb://host/name').describe(
    'MongoDB in place of the embedded view and blob stores',
  ),
  AUTH_SECRET: z
    .string()
    .refine(areSecrets, 'one or more secrets of 32 to 1024 bytes, separated by commas, 10 at most')
    .optional()
    .describe(
      'Secrets of all tokens, separated by commas, each at least 32 characters; the first makes tokens, all verify them. ' +
        'An embedded server makes one at its first start',
    ),
  REGISTRATION: z
    .enum(['open', 'invited', 'closed'])
    .default('open')
    .describe('Who may register an account: everybody, those whom an admin invited, or nobody'),
  SESSION_IDLE: days.default(30).describe('Days without a refresh after which a session ends'),
  SESSION_LIFETIME: days.default(180).describe('Days after which a session or a key ends, however much it is used'),
  PUBLIC_URL: z.url().optional().describe('Address at which clients reach this server, for absolute links'),
  SMTP_URL: url(/^smtps?:\/\//, 'smtp://host:587').describe(
    'Mail server that takes mails, smtp://user:password@host:587; none by default',
  ),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^(?:[^<>\p{Cc}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u, 'an address, or a name and an <address>')
    .optional()
    .describe('Sender of all mails, such as Verbatim <chat@example.org>; required with SMTP_URL'),
  CORS_ORIGINS: list.default([]).describe('Origins of web pages that may call, separated by commas; * allows all'),
  DIALECTS: list
    .optional()
    .describe('Foreign APIs to serve, by name and separated by commas; all by default; none for the native API alone'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Lowest level that is logged'),
  ROLES: list
    .pipe(z.array(z.enum(['api', 'projector'])).min(1))
    .default(['api', 'projector'])
    .describe('What this process does'),
  MAX_UPLOAD: count.default(25 * 1024 * 1024).describe('Largest file, in bytes'),
  MAX_STORED: count
    .default(1024 * 1024 * 1024)
    .describe('Most bytes of the files that one account has stored, each counted with 4 KiB at least'),
  KEEP_UNUSED: z.coerce
    .number()
    .positive()
    .default(24)
    .describe('Hours that a stored file is kept which no message and no picture uses'),
  DESK_BUDGET: count
    .default(64 * 1024 * 1024)
    .describe('Most bytes a day that visitors without an account may have recorded at desks, all together'),
  DESK_BUDGET_ADDRESS: count
    .default(8 * 1024 * 1024)
    .describe('Most bytes a day that visitors of one address may have recorded at desks, through one process'),
  MIN_FREE: bytes
    .default(256 * 1024 * 1024)
    .describe('Bytes that must be free where the files lie, or no file is taken; 0: no limit'),
  MIN_FREE_MESSAGES: bytes
    .default(32 * 1024 * 1024)
    .describe('Bytes that must be free in DATA_DIR, or nothing is recorded; 0: no limit'),
  MAX_BODY: count.default(256 * 1024).describe('Largest JSON or form body, in bytes'),
  MAX_LIST: count
    .default(32 * 1024 * 1024)
    .describe('Most bytes of the lists in one answer of a foreign API; a longer list keeps its newest items'),
  MAX_FRAME: count.default(64 * 1024).describe('Largest frame from a native socket, in bytes'),
  MAX_UNDER_WAY: count
    .default(128 * 1024 * 1024)
    .describe('Most bytes of unfinished and waiting messages from all sockets'),
  MAX_BUFFER: count.default(1024 * 1024).describe('Most bytes that wait for a socket that does not read'),
  MAX_CONNECTIONS: count
    .optional()
    .describe('Most connections at once; never more than the descriptor limit of the process allows'),
  MIN_RATE: count
    .default(4096)
    .describe('Bytes per second that a client must move while it sends a body or reads an answer'),
  MAX_STALL: z.coerce
    .number()
    .positive()
    .default(30)
    .describe('Seconds that a client may fall behind MIN_RATE before its connection is closed'),
  MAX_SOCKETS: count.default(50_000).describe('Most sockets at once'),
  MAX_ADDRESS_SOCKETS: count.default(1000).describe('Most sockets at once of one address that no account has'),
  BCRYPT_COST: z.coerce.number().int().min(4).max(15).default(10).describe('Cost of password hashes'),
  TRUSTED_PROXIES: list
    .default([])
    .refine(areNetworks, 'addresses and networks such as 10.0.0.0/8, separated by commas')
    .describe('Proxies whose Forwarded or X-Forwarded-For says where a client is'),
  LIMITS: z.enum(['on', 'off']).default('on').describe('off: no limit by rate is in force'),
  ...limitSettings,
});

export type Config = Readonly<z.infer<typeof program>>;

/** The settings of a foreign API. */
interface Configured {
  readonly name: string;
  readonly settings?: z.ZodObject;
}

/** Reads `none` as an empty list, and refuses a name that no dialect has. */
const chosenAmong = (dialects: readonly Configured[]) => {
  const names = dialects.map(({ name }) => name);
  return program.shape.DIALECTS.transform((chosen) => (chosen?.join() === 'none' ? [] : chosen)).refine(
    (chosen) => chosen?.every((name) => names.includes(name)) ?? true,
    `a list of ${names.join(', ')}; or none`,
  );
};

/** Every setting of the program and of `dialects`, by name. */
export const settingsOf = (dialects: readonly Configured[]): z.ZodObject['shape'] => ({
  ...program.shape,
  DIALECTS: chosenAmong(dialects),
  ...Object.assign({}, ...dialects.map(({ settings }) => settings?.shape)),
});

/**
 * `dialects`: their settings are read too. Without them `DIALECTS` is not checked: the process does not serve.
 * @throws Error naming every setting that is invalid
 */
export const readConfig = (
  environment: Readonly<Record<string, string | undefined>>,
  dialects?: readonly Configured[],
): Config => {
  const shape = dialects === undefined ? program.shape : settingsOf(dialects);
  const values = Object.fromEntries(
    Object.keys(shape).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const parsed = z.object(shape).safeParse(values);
  if (!parsed.success)
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  const config = parsed.data as Config;
  if (config.EVENTSTORE_URL !== undefined && config.AUTH_SECRET === undefined)
    throw new Error('AUTH_SECRET: required with EVENTSTORE_URL, the same for every process');
  const missing = (['MAIL_FROM', 'PUBLIC_URL'] as const).filter((name) => config[name] === undefined);
  if (config.SMTP_URL !== undefined && missing.length > 0)
    throw new Error(missing.map((name) => `${name}: required with SMTP_URL, for the mails`).join('\n'));
  return config;
};

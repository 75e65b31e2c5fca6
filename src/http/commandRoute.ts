// A route of the native API that stands for one command. Its wish is the body, with the parameters of the path and what
// the request itself says. The command's schema parses it once, and says what clients may send.

import { z } from 'zod';
import { paramsIn } from '../api/idempotency.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Done } from '../commands/core.ts';
import type { Command } from '../commands/declaration.ts';
import type { Services } from '../services.ts';
import { type Access, type Route, route } from './route.ts';

interface Performed<Wish> {
  readonly services: Services;
  readonly wish: Wish;
  /** The user who sent the request; empty for a stranger. */
  readonly userId: string;
}

interface Declaration<Input extends z.ZodType, Made extends object>
  extends Pick<Route, 'name' | 'method' | 'path' | 'summary' | 'description' | 'example' | 'answers'> {
  readonly command: Command<Input, Made>;
  /** Default: that of the command. */
  readonly access?: Access;
  /** Fields of the wish that clients cannot send, because the request says them. */
  readonly adds?: Readonly<Record<string, (identity: Identity) => unknown>>;
  /** Default: the lowest of `answers`. */
  readonly status?: (done: Done & Made) => number;
  /** The body of the answer, made once the effect is visible. Default: none. */
  readonly present?: (done: Done & Made, performed: Performed<z.output<Input>>) => Promise<unknown>;
}

const schemaOf = (fields: readonly (readonly [string, unknown])[]): z.ZodObject | undefined =>
  fields.length === 0 ? undefined : z.strictObject(Object.fromEntries(fields) as z.ZodRawShape);

/** Made once: zod compiles a schema when it first parses. */
const anyObject = z.looseObject({});

/** @throws ZodError for a body that is no object, or has one of the fields that come from `elsewhere` */
const checkBody = (body: unknown, elsewhere: readonly string[]): void => {
  const fields = anyObject.parse(body);
  const keys = elsewhere.filter((name) => Object.hasOwn(fields, name));
  if (keys.length > 0) throw new z.ZodError([{ code: 'unrecognized_keys', keys, path: [], message: '' }]);
};

export const commandRoute = <Input extends z.ZodType, Made extends object>(declaration: Declaration<Input, Made>) => {
  const { command, access, adds = {}, status, present, ...described } = declaration;
  const fields = Object.entries(command.input instanceof z.ZodObject ? command.input.shape : {});
  const inPath = paramsIn(described.path);
  const elsewhere = [...inPath, ...Object.keys(adds)];

  const read: NonNullable<Route['read']> = (params, body, identity) => {
    checkBody(body, elsewhere);
    const added = Object.entries(adds).map(([name, of]) => [name, of(identity!)] as const);
    const whole = { ...(body as object), ...params, ...Object.fromEntries(added) };
    return command.input.parse(fields.length === 0 ? undefined : whole);
  };

  const declared = route<Access, z.ZodObject | undefined, undefined, z.ZodObject | undefined>({
    ...described,
    access: access ?? command.access,
    scope: command.scope,
    refuses: command.refuses,
    params: schemaOf(fields.filter(([name]) => inPath.includes(name))),
    body: schemaOf(fields.filter(([name]) => !elsewhere.includes(name))),
    read,
    handle: async ({ services, origin, wish: parsed, userId }) => {
      const wish = parsed as z.output<Input>;
      const done = await command.parsed(services.core, origin, wish);
      const body = present && (() => present(done, { services, wish, userId: userId ?? '' }));
      return { status: status?.(done), position: done.position, body };
    },
  });
  return { ...declared, command };
};

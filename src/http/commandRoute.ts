// A route of the native API that stands for one command. Its wish is the body, with the parameters of the path and what
// the request itself says; it is parsed once, by the command's schema. What clients may send is derived from that schema.

import { z } from 'zod';
import { paramsIn } from '../api/idempotency.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Command } from '../commands/command.ts';
import type { Done } from '../commands/core.ts';
import type { Services } from '../services.ts';
import { type Access, type Declaration, type Route, route } from './route.ts';

type Told = Pick<Route, 'method' | 'path' | 'area' | 'summary' | 'description' | 'example' | 'answers'>;

interface Asked<Wish> {
  readonly services: Services;
  readonly wish: Wish;
  /** The user who asks; empty for a stranger. */
  readonly userId: string;
}

export interface CommandDeclaration<Input extends z.ZodType, Made extends object> extends Told {
  readonly command: Command<Input, Made>;
  /** Default: that of the command. */
  readonly access?: Access;
  /** Fields of the wish that the request says, and no client. */
  readonly adds?: Readonly<Record<string, (identity: Identity) => unknown>>;
  /** Default: the lowest of `answers`. */
  readonly status?: (done: Done & Made) => number;
  /** The body of the answer, asked for once the effect is visible. Default: none. */
  readonly present?: (done: Done & Made, asked: Asked<z.output<Input>>) => Promise<unknown>;
}

const schemaOf = (fields: readonly (readonly [string, unknown])[]): z.ZodObject | undefined =>
  fields.length === 0 ? undefined : z.strictObject(Object.fromEntries(fields) as z.ZodRawShape);

/** @throws ZodError for a body that is no object, or has a field that clients do not say there */
const checkBody = (body: unknown, elsewhere: readonly string[]): void => {
  const fields = z.looseObject({}).parse(body);
  const keys = elsewhere.filter((name) => Object.hasOwn(fields, name));
  if (keys.length > 0) throw new z.ZodError([{ code: 'unrecognized_keys', keys, path: [], message: '' }]);
};

export const commandRoute = <Input extends z.ZodType, Made extends object>(
  declaration: CommandDeclaration<Input, Made>,
): Route & { readonly command: Command<Input, Made> } => {
  const { command, access, adds = {}, status, present, ...told } = declaration;
  const fields = Object.entries(command.input instanceof z.ZodObject ? command.input.shape : {});
  const inPath = paramsIn(told.path);
  const elsewhere = [...inPath, ...Object.keys(adds)];
  const lowest = Math.min(...Object.keys(told.answers).map(Number));

  const read: NonNullable<Route['read']> = (params, body, identity) => {
    checkBody(body, elsewhere);
    const added = Object.entries(adds).map(([name, of]) => [name, of(identity!)] as const);
    const whole = { ...(body as object), ...params, ...Object.fromEntries(added) };
    return command.input.parse(fields.length === 0 ? undefined : whole);
  };

  const described: Declaration<z.ZodObject | undefined, undefined, z.ZodObject | undefined, Access> = {
    ...told,
    access: access ?? command.access,
    refuses: command.refuses,
    params: schemaOf(fields.filter(([name]) => inPath.includes(name))),
    body: schemaOf(fields.filter(([name]) => !elsewhere.includes(name))),
    read,
    handle: async ({ services, origin, wish, userId }) => {
      const done = await command.parsed(services.core, origin, wish as z.output<Input>);
      const asked = { services, wish: wish as z.output<Input>, userId: userId ?? '' };
      return {
        status: status?.(done) ?? lowest,
        position: done.position,
        body: present && (() => present(done, asked)),
      };
    },
  };
  return { ...route(described), command };
};

// What a command is told of the request it came in; with `Idempotency-Key`, so that a retry changes nothing.

import { MAX_KEY, type Origin } from '../commands/context.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import { malformed } from './failures.ts';

const isKey = (key: string): boolean => key.length <= MAX_KEY && /^[\x21-\x7e]+$/.test(key);

/** @throws HttpFailure for a malformed key. Only a POST has one. */
const keyOf = (ctx: Context): string | undefined => {
  const key = ctx.method === 'POST' ? ctx.req.headers['idempotency-key'] : undefined;
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !isKey(key))
    throw malformed('Idempotency-Key', `1 to ${MAX_KEY} visible ASCII characters.`);
  return key;
};

/**
 * All of a request that tells it from another one, as the client sent it: before defaults, so that a new optional field
 * makes no old retry another command. `body`: a JSON value; undefined: none, or one whose reader adds its hash.
 */
export interface Sent {
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

/** `sent`: the request that the command came as. Under one key, the same request is the same command. */
export const originFor = (
  { core }: Pick<Services, 'core'>,
  from: { readonly actorId: string | null; readonly correlationId: string },
  key: string | undefined,
  { path, query = {}, body = {} }: Sent,
): Origin =>
  key === undefined
    ? from
    : { ...from, keyed: { key, fingerprint: core.tokens.fingerprint(['POST', path, query, body]) } };

/** The parameters in the path of a route. */
export const paramsIn = (path: string): readonly string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);

/** The path of a route with its parameters filled in. */
export const pathOf = ({ path }: { readonly path: string }, params: object): string =>
  path.replace(/:(\w+)/g, (_, name: string) => String((params as Record<string, unknown>)[name]));

/** `sent`: asked for requests with a key alone. `part`: which of its commands, for a request that carries out several. */
export const originOf = (
  services: Pick<Services, 'core'>,
  ctx: Context,
  actorId: string | null,
  sent: () => Sent,
  part = '',
): Origin => {
  const from = { actorId, correlationId: ctx.state.requestId };
  const key = keyOf(ctx);
  return key === undefined ? from : originFor(services, from, key + part, sent());
};

// Reads the `Idempotency-Key` of a request.

import { malformed } from '../api/failures.ts';
import { originFor, type Sent } from '../api/idempotency.ts';
import { MAX_KEY, type Origin } from '../commands/context.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

const isKey = (key: string): boolean => key.length <= MAX_KEY && /^[\x21-\x7e]+$/.test(key);

/** @throws HttpFailure for a malformed key. Only a POST has one. */
const keyOf = (ctx: Context): string | undefined => {
  const key = ctx.method === 'POST' ? ctx.req.headers['idempotency-key'] : undefined;
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !isKey(key))
    throw malformed('Idempotency-Key', `1 to ${MAX_KEY} visible ASCII characters.`);
  return key;
};

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

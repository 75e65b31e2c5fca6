// What a command is told of the request it came in; with `Idempotency-Key`, so that a retry changes nothing.

import { MAX_KEY, metaFor } from '../commands/context.ts';
import type { Meta } from '../domain/events.ts';
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

/** `content`: everything the command is made of beside the route, as a JSON value. */
export const metaOf = ({ core }: Services, ctx: Context, actorId: string | null, content: unknown): Meta => {
  const key = keyOf(ctx);
  const correlationId = ctx.state.requestId;
  if (key === undefined) return { actorId, correlationId };
  return metaFor(core.tokens, { actorId, correlationId, key, content: [ctx.method, ctx.path, content] });
};

// Reads the headers of a request: the credential, the idempotency key, and the position that a read must reflect.

import { identifyHeader } from '../api/credentials.ts';
import { HttpFailure, malformed, unknownPosition } from '../api/failures.ts';
import { originFor, type Sent } from '../api/idempotency.ts';
import type { Identity, Purpose } from '../commands/authenticate.ts';
import { MAX_KEY, type Origin } from '../commands/context.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';

/** A GET or HEAD request only reads. */
export const purposeOf = (method: string | undefined): Purpose =>
  method === 'GET' || method === 'HEAD' ? 'reading' : 'anything';

/** @throws Refused `signed-out` without a good `Bearer` or `Token` credential. */
export const requireIdentity = async ({ authenticator }: Services, ctx: Context): Promise<Identity> => {
  const identity = await identifyHeader(authenticator, ctx.req.headers.authorization, purposeOf(ctx.method));
  if (identity === undefined) throw new Refused('signed-out');
  ctx.state.identity = identity;
  return identity;
};

/** @throws HttpFailure for a malformed key. Only a POST has one. */
const keyOf = (ctx: Context): string | undefined => {
  const key = ctx.method === 'POST' ? ctx.req.headers['idempotency-key'] : undefined;
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key.length > MAX_KEY || !/^[\x21-\x7e]+$/.test(key))
    throw malformed('Idempotency-Key', `1 to ${MAX_KEY} visible ASCII characters.`);
  return key;
};

/**
 * The origin of a command. `identity`: of whoever sends it. `sent`: called only for a request with a key. `part`: which of
 * its commands, for a request that carries out several. @throws HttpFailure for a malformed key
 */
export const originOf = (
  services: Pick<Services, 'core'>,
  ctx: Context,
  identity: Identity | undefined,
  sent: () => Sent,
  part = '',
): Origin => {
  const from = {
    actorId: identity?.user.userId ?? null,
    signedInAt: identity?.signedInAt ?? null,
    epoch: identity?.user.epoch ?? null,
    scopes: identity?.scopes ?? null,
    correlationId: ctx.state.requestId,
    address: ctx.state.address,
  };
  const key = keyOf(ctx);
  return key === undefined ? from : originFor(services, from, key + part, sent());
};

/**
 * Waits until the views have reached the position that a read asks for. Nobody waits for a stranger: without an identity
 * the views have reached it, or have not. @throws HttpFailure `position-not-reached`; `position-unknown` beyond the log
 */
export const awaitMinPosition = async ({ events, progress }: Services, ctx: Context): Promise<void> => {
  const wanted = ctx.req.headers['x-min-position'];
  if (wanted === undefined || purposeOf(ctx.method) !== 'reading') return;
  const position = typeof wanted === 'string' && /^\d{1,16}$/.test(wanted) ? Number(wanted) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw malformed('X-Min-Position', 'Not a position.');
  const isReached = position <= progress.position || (ctx.state.identity && (await progress.reached(position)));
  if (!isReached) {
    // Nobody comes to a position that the log does not have by trying again.
    if (ctx.state.identity && position > (await events.head())) throw unknownPosition('X-Min-Position');
    throw new HttpFailure('position-not-reached');
  }
  ctx.state.position = progress.position;
};

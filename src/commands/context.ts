// What a command is told about the request it came in.

import type { Tokens } from '../auth/tokens.ts';
import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';

export const MAX_KEY = 200;

/**
 * `key`: an idempotency key, good for this actor alone; `content`: everything the command is made of, so that another
 * command under the same key is told apart from a retry.
 */
export const metaFor = (
  tokens: Tokens,
  request: { actorId: string | null; correlationId: string; key?: string | undefined; content?: unknown },
): Meta => {
  const { actorId, correlationId, key, content } = request;
  if (key === undefined) return { actorId, correlationId };
  return {
    actorId,
    correlationId,
    commandId: derivedId('command', actorId ?? '', key),
    commandHash: tokens.fingerprint(content),
  };
};

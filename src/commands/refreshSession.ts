// Gives a new pair of tokens for a refresh token. An old one, used again, ends the session.

import type { Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { refreshSession as decide, sessions } from '../domain/session.ts';
import { users } from '../domain/user.ts';
import type { Core, Done } from './core.ts';
import { pairOf, type TokenPair } from './tokenPair.ts';

/** @throws Refused `refresh-token-invalid` */
export const refreshSession = async (
  core: Core,
  meta: Meta,
  refreshToken: string,
): Promise<Done & TokenPair & { sessionId: string }> => {
  const read = core.tokens.readRefresh(refreshToken);
  if (!read) throw new Refused('refresh-token-invalid');
  const { sessionId, generation } = read;
  const session = await core.ledger.load(sessions, sessionId);
  if (session.status === 'unknown') throw new Refused('refresh-token-invalid');
  const user = await core.ledger.load(users, session.userId);
  const { position, events } = await core.ledger.transact(
    sessions,
    sessionId,
    { ...meta, actorId: session.userId },
    (now) => decide(now, user, generation),
  );
  if (events.some(({ type }) => type === 'SessionClosed')) throw new Refused('refresh-token-invalid');
  return { sessionId, position, ...(await pairOf(core, sessionId)) };
};

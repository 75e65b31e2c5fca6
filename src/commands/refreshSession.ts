// Gives new tokens for a refresh token. A late second use of a refresh token ends the session.

import { z } from 'zod';
import { Refused } from '../domain/refused.ts';
import { refreshSession as decide, isOpen, type Session, sessions } from '../domain/session.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import type { Origin } from './context.ts';
import { type Core, clockOf } from './core.ts';
import type { SignedIn } from './signIn.ts';
import { pairOf, readRefreshToken } from './tokenPair.ts';

const sessionOf = async (core: Core, token: string) => {
  const { sessionId, generation } = readRefreshToken(core, token);
  const session = await core.ledger.load(sessions, sessionId);
  if (session.status === 'unknown') throw new Refused('refresh-token-invalid');
  const user = await core.ledger.load(users, session.userId);
  return {
    sessionId,
    session,
    user,
    refresh: (now: Session) => decide(now, user, generation, clockOf(core)),
    generation,
  };
};

const refreshOnce = command({
  input: z.string(),
  access: 'public',
  refuses: ['refresh-token-invalid'],
  costs: { refreshes: 1 },
  target: (token, { core }) => existing(sessions, readRefreshToken(core, token).sessionId),
  carryOut: async (core, meta, token) => {
    const { sessionId, session, refresh } = await sessionOf(core, token);
    return core.ledger.transact(sessions, sessionId, { ...meta, actorId: session.userId }, refresh);
  },
});

/** @throws Refused `refresh-token-invalid`, `command-key-reused` */
export const refreshSession = async (core: Core, origin: Origin, token: string): Promise<SignedIn> => {
  const { position } = await refreshOnce(core, origin, token);
  const { sessionId, session, user, generation, refresh } = await sessionOf(core, token);
  if (isOpen(session, user, clockOf(core)) && session.generation === generation + 1)
    return { sessionId, position, ...(await pairOf(core, session, session.generation, session.refreshedAt)) };
  // A retry whose new tokens were used meanwhile counts as a second use of the old token.
  const plain = { actorId: session.userId, correlationId: origin.correlationId };
  await core.ledger.transact(sessions, sessionId, plain, refresh);
  throw new Refused('refresh-token-invalid');
};

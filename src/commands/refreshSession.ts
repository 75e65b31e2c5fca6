// Gives new tokens for a refresh token. A second use of a refresh token ends the session.

import { z } from 'zod';
import { Refused } from '../domain/refused.ts';
import { refreshSession as decide, isOpen, sessions } from '../domain/session.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import type { Origin } from './context.ts';
import type { Core } from './core.ts';
import type { SignedIn } from './signIn.ts';
import { pairOf, readRefreshToken } from './tokenPair.ts';

const stateOf = async (core: Core, sessionId: string) => {
  const session = await core.ledger.load(sessions, sessionId);
  if (session.status === 'unknown') throw new Refused('refresh-token-invalid');
  return { session, user: await core.ledger.load(users, session.userId) };
};

const refreshOnce = command({
  input: z.string(),
  access: 'public',
  refuses: ['refresh-token-invalid'],
  target: (token, { core }) => existing(sessions, readRefreshToken(core, token).sessionId),
  carryOut: async (core, meta, token) => {
    const { sessionId, generation } = readRefreshToken(core, token);
    const { session, user } = await stateOf(core, sessionId);
    return core.ledger.transact(sessions, sessionId, { ...meta, actorId: session.userId }, (now) =>
      decide(now, user, generation),
    );
  },
});

/** @throws Refused `refresh-token-invalid`, `command-key-reused` */
export const refreshSession = async (core: Core, origin: Origin, token: string): Promise<SignedIn> => {
  const { position } = await refreshOnce(core, origin, token);
  const { sessionId, generation } = readRefreshToken(core, token);
  const { session, user } = await stateOf(core, sessionId);
  if (isOpen(session, user) && session.generation === generation + 1)
    return { sessionId, position, ...(await pairOf(core, session, session.generation, session.refreshedAt)) };
  // A retry whose new tokens were used meanwhile counts as a second use of the old token.
  const plain = { actorId: session.userId, correlationId: origin.correlationId };
  await core.ledger.transact(sessions, sessionId, plain, (now) => decide(now, user, generation));
  throw new Refused('refresh-token-invalid');
};

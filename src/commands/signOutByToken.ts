// Ends one of the user's own sessions by its refresh token.

import { z } from 'zod';
import { signOutByToken as decide, sessions } from '../domain/session.ts';
import { command, existing } from './command.ts';
import { clockOf } from './core.ts';
import { readRefreshToken } from './tokenPair.ts';

/** Takes the refresh token. */
export const signOutByToken = command({
  input: z.string(),
  refuses: ['refresh-token-invalid'],
  target: (token, { core }) => existing(sessions, readRefreshToken(core, token).sessionId),
  carryOut: async (core, meta, token, { actor }) => {
    const { sessionId, generation } = readRefreshToken(core, token);
    return core.ledger.transact(sessions, sessionId, meta, (session) =>
      decide(session, actor, generation, clockOf(core)),
    );
  },
});

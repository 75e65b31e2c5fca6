// Logs one of one's own sessions out by its refresh token, whichever credential asks.

import { z } from 'zod';
import { endSession as decide, sessions } from '../domain/session.ts';
import { command, existing } from './command.ts';
import { actorOf } from './core.ts';
import { readRefreshToken } from './tokenPair.ts';

/** Takes the refresh token. @throws Refused `refresh-token-invalid` where it is not in force, or somebody else's. */
export const endSession = command({
  input: z.string(),
  target: (token, { core }) => existing(sessions, readRefreshToken(core, token).sessionId),
  carryOut: async (core, meta, token) => {
    const user = await actorOf(core, meta);
    const { sessionId, generation } = readRefreshToken(core, token);
    return core.ledger.transact(sessions, sessionId, meta, (session) => decide(session, user, generation));
  },
});

// Logs one of one's own sessions out by its refresh token, whichever credential asks.

import type { Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { endSession as decide, sessions } from '../domain/session.ts';
import { actorOf, type Core, type Done } from './core.ts';

/** @throws Refused `refresh-token-invalid` where it is not in force, or somebody else's. */
export const endSession = async (core: Core, meta: Meta, refreshToken: string): Promise<Done> => {
  const user = await actorOf(core, meta);
  const read = core.tokens.readRefresh(refreshToken);
  if (!read) throw new Refused('refresh-token-invalid');
  return core.ledger.transact(sessions, read.sessionId, meta, (session) => decide(session, user, read.generation));
};

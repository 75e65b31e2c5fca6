// Notes that somebody came in by an outside sign-on. Log-ins with a key or with tokens are noted where those are given.

import type { Meta } from '../domain/events.ts';
import { logIn as decide, users } from '../domain/user.ts';
import { actorOf, type Core, type Done } from './core.ts';

export const logIn = async (core: Core, meta: Meta): Promise<Done> => {
  const { userId } = await actorOf(core, meta);
  return core.ledger.transact(users, userId, meta, decide);
};

// Ends one's own account. What was said stays said; the names are free again.

import type { Meta } from '../domain/events.ts';
import { deleteUser as decide, users } from '../domain/user.ts';
import { actorOf, type Core, type Done } from './core.ts';

export const deleteUser = async (core: Core, meta: Meta): Promise<Done> => {
  const { userId } = await actorOf(core, meta);
  return core.ledger.transact(users, userId, meta, decide);
};

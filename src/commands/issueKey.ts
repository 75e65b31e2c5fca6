// Logs in with a key that lasts until it is logged out: the same one at every log-in.

import type { Meta } from '../domain/events.ts';
import { logInWithKey, type User, users } from '../domain/user.ts';
import type { Core, Done } from './core.ts';

/** The key of `user`, who has just proved to be who they are: 40 hexadecimal digits. */
export const issueKey = async (core: Core, meta: Meta, user: User): Promise<Done & { key: string }> => {
  const { userId } = user;
  const hashOf = (generation: number): string => core.tokens.keyHash(core.tokens.key(userId, generation));
  const { position } = await core.ledger.transact(users, userId, { ...meta, actorId: userId }, (now) =>
    logInWithKey(now, hashOf),
  );
  const { keyGeneration } = await core.ledger.load(users, userId);
  return { key: core.tokens.key(userId, keyGeneration), position };
};

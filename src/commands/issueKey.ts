// Logs in with a key that lasts until it is logged out: the same one at every log-in.

import { z } from 'zod';
import { logInWithKey, type User, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import type { Origin } from './context.ts';
import type { Core, Done } from './core.ts';

const issueOnce = command({
  input: z.custom<User>(),
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId }) => {
    const hashOf = (generation: number): string => core.tokens.keyHash(core.tokens.key(userId, generation));
    return core.ledger.transact(users, userId, { ...meta, actorId: userId }, (now) => logInWithKey(now, hashOf));
  },
});

/** The key of `user`, who has just proved to be who they are: 40 hexadecimal digits. */
export const issueKey = async (core: Core, origin: Origin, user: User): Promise<Done & { key: string }> => {
  const { position } = await issueOnce(core, origin, user);
  const { keyGeneration } = await core.ledger.load(users, user.userId);
  return { key: core.tokens.key(user.userId, keyGeneration), position };
};

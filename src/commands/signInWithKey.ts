// Signs in for a key. Every sign-in gives the same key, until the user signs out with it, it is too old, or its secret is
// gone.

import { z } from 'zod';
import { signInWithKey as decide } from '../domain/credentials.ts';
import { type User, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import type { Origin } from './context.ts';
import { type Core, clockOf, type Done } from './core.ts';

const issueOnce = command({
  input: z.custom<User>(),
  access: 'public',
  refuses: ['account-suspended', 'credentials-wrong', 'user-unknown'],
  target: ({ userId }) => existing(users, userId),
  carryOut: async (core, meta, { userId, epoch }) => {
    const hashesOf = (generation: number) => core.tokens.keyHashes(userId, generation);
    return core.ledger.transact(users, userId, { ...meta, actorId: userId }, (now) =>
      decide(now, epoch, hashesOf, clockOf(core)),
    );
  },
});

/** `user`: its credentials were just verified. Returns the key: 40 hexadecimal digits. */
export const signInWithKey = async (core: Core, origin: Origin, user: User): Promise<Done & { key: string }> => {
  const { position } = await issueOnce(core, origin, user);
  const { userId, keyGeneration, keyHash } = await core.ledger.load(users, user.userId);
  const { tokens } = core;
  return { key: tokens.keyHashed(userId, keyGeneration, keyHash) ?? tokens.key(userId, keyGeneration), position };
};

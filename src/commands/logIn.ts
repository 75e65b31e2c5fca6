// Notes that somebody came in by an outside sign-on. Log-ins with a key or with tokens are noted where those are given.

import { z } from 'zod';
import { logIn as decide, users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';

export const logIn = command({
  input: z.void(),
  target: (_, { actorId }) => existing(users, signedIn(actorId)),
  carryOut: async (core, meta) => {
    const { userId } = await actorOf(core, meta);
    return core.ledger.transact(users, userId, meta, decide);
  },
});

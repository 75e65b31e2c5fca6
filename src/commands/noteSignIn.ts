// Records a sign-in by an outside sign-on. Signing in with a key or for tokens records itself.

import { z } from 'zod';
import { noteSignIn as decide } from '../domain/credentials.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';

export const noteSignIn = command({
  input: z.void(),
  refuses: ['user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, _, { id }) => core.ledger.transact(users, id, meta, decide),
});

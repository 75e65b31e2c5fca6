// Reinstates a suspended account. Its sessions and its key stay ended.

import { reinstateUser as decide } from '../domain/administration.ts';
import { adminCommand } from './adminCommand.ts';
import { suspendUser } from './suspendUser.ts';

export const reinstateUser = adminCommand('suspend', suspendUser.input, (user, _, by) => decide(user, by));

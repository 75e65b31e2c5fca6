// An admin signs a user out everywhere: the sessions, the key, the tokens of bots and those of an outside sign-on end.

import { endSessions as decide } from '../domain/administration.ts';
import { adminCommand } from './adminCommand.ts';
import { suspendUser } from './suspendUser.ts';

export const endSessionsOf = adminCommand('suspend', suspendUser.input, (user, _, by) => decide(user, by));

// Takes a role from a user.

import { revokeRole as decide } from '../domain/administration.ts';
import { adminCommand } from './adminCommand.ts';
import { grantRole } from './grantRole.ts';

export const revokeRole = adminCommand('appoint', grantRole.input, (user, { role }, by) => decide(user, role, by));

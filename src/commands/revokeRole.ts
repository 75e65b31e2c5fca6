// Takes a role from a user.

import { revokeRole as decide } from '../domain/user.ts';
import { roleCommand } from './grantRole.ts';

export const revokeRole = roleCommand(decide);

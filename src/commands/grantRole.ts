// Gives a user a role. The command line makes the first admin by it.

import { z } from 'zod';
import { grantRole as decide } from '../domain/administration.ts';
import { roles } from '../domain/events.ts';
import { adminCommand } from './adminCommand.ts';
import { ids } from './fields.ts';

export const grantRole = adminCommand(
  'appoint',
  z.strictObject({ userId: ids.user, role: z.enum(roles).describe('What the user may do.') }),
  (user, wish, by) => decide(user, wish.role, by),
);

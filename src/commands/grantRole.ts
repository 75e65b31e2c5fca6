// Gives a user a role. The command line makes the first admin by it.

import { z } from 'zod';
import { grantRole as decide } from '../domain/administration.ts';
import { roles } from '../domain/events.ts';
import { adminCommand } from './adminCommand.ts';
import { id } from './fields.ts';

export const grantRole = adminCommand(
  'appoint',
  z.strictObject({ userId: id, role: z.enum(roles) }),
  (user, wish, by) => decide(user, wish.role, by),
);

// Suspends an account: it is signed out everywhere, and nobody can sign in to it. Its messages stay.

import { z } from 'zod';
import { suspendUser as decide } from '../domain/administration.ts';
import { adminCommand } from './adminCommand.ts';
import { ids } from './fields.ts';

export const suspendUser = adminCommand('suspend', z.strictObject({ userId: ids.user }), (user, _, by) =>
  decide(user, by),
);

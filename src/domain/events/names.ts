// Events that keep names and numbers unique.

import { z } from 'zod';
import { id, number, text } from './fields.ts';

export const nameEvents = {
  // claim-<kind>-<hash>
  NameClaimed: z.object({ kind: text, ownerId: id }),
  // numbers-<kind>
  NumbersReserved: z.object({ kind: text, upTo: number }),
} as const;

// Every view there is.

import { conversations } from './conversations.ts';
import { files, shares } from './files.ts';
import { keys } from './keys.ts';
import { memberships } from './memberships.ts';
import { messages } from './messages.ts';
import type { Projection } from './projection.ts';
import { reads } from './reads.ts';
import { receipts } from './receipts.ts';
import { users } from './users.ts';

export const projections: readonly Projection[] = [
  users,
  conversations,
  memberships,
  messages,
  files,
  shares,
  keys,
  receipts,
  reads,
];
export const collections = projections.map(({ collection }) => collection);

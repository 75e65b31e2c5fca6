// All views.

import { conversations } from './conversations.ts';
import { files, shares } from './files.ts';
import { memberships, reads } from './memberships.ts';
import { messages } from './messages.ts';
import type { Projection } from './projection.ts';
import { receipts } from './receipts.ts';
import { keys, users } from './users.ts';

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

// Policies of conversations, set without asking who may.

import type { Core } from '../../src/commands/core.ts';
import { conversations } from '../../src/domain/conversation.ts';
import type { Policy } from '../../src/domain/events.ts';
import { plainMeta } from './core.ts';

export const setPolicy = (core: Pick<Core, 'ledger'>, conversationId: string, changes: Partial<Policy>) =>
  core.ledger.transact(conversations, conversationId, plainMeta(), ({ policy, createdBy }) => [
    { type: 'PolicySet', data: { conversationId, policy: { ...policy, ...changes }, setBy: createdBy! } },
  ]);

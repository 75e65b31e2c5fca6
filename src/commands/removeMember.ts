// Removes a user from a group. Users who name themselves leave.

import { z } from 'zod';
import { conversations, removeMember as decide } from '../domain/conversation.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const removeMember = command({
  input: z.strictObject({ conversationId: ids.conversation, userId: ids.user }),
  scope: 'manage',
  refuses: [
    'conversation-unknown',
    'not-a-member',
    'not-an-owner',
    'cannot-add-to-this-kind',
    'cannot-leave-this-kind',
  ],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: (core, meta, { conversationId, userId }, { actor }) =>
    core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, userId)),
});

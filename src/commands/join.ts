// Joins a public group.

import { z } from 'zod';
import { conversations, join as decide } from '../domain/conversation.ts';
import { command, existing } from './command.ts';
import { id } from './fields.ts';

export const join = command({
  input: z.strictObject({ conversationId: id }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'cannot-add-to-this-kind'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId }, { actor }) => {
    const upTo = await core.messages.count(conversationId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, upTo));
  },
});

// Joins a public group.

import { z } from 'zod';
import { conversations, join as decide } from '../domain/conversation.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const join = command({
  input: z.strictObject({ conversationId: ids.conversation }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'cannot-add-to-this-kind'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: (core, meta, { conversationId }, { actor }) =>
    core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor)),
});

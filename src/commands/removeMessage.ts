// Removes a message: its sender takes it back, or an admin takes it away, also where the admin may not read.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { removeMessage as decide, saidMessages } from '../domain/saidMessage.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids } from './fields.ts';

export const removeMessage = command({
  input: z.strictObject({ conversationId: ids.conversation, messageId: ids.message }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'message-unknown', 'not-permitted'],
  target: ({ conversationId, messageId }) => existing(saidMessages, `${conversationId}-${messageId}`),
  carryOut: async (core, meta, { conversationId, messageId }, { id, actor }) => {
    const conversation = await core.ledger.load(conversations, conversationId, asOf(core));
    const sent = conversation.exists ? await core.sentMessage(conversationId, messageId) : undefined;
    return core.ledger.transact(saidMessages, id, meta, (said) => decide(said, conversation, actor, sent));
  },
});

// Records how far a user has read a conversation, forwards or back.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { permitted } from '../domain/conversationAccess.ts';
import { markRead as decide, readings } from '../domain/reading.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids } from './fields.ts';

export const markRead = command({
  input: z.strictObject({
    conversationId: ids.conversation,
    upTo: z
      .int()
      .nonnegative()
      .describe(
        'The `seq` of the last message that counts as read. It may lie before what you have read: what follows it is ' +
          'unread again. Beyond the last message means up to the last message.',
      ),
  }),
  scope: 'write',
  refuses: ['conversation-unknown'],
  target: ({ conversationId }, { actorId }) => existing(readings, `${conversationId}-${actorId}`),
  carryOut: async (core, meta, { conversationId, upTo }, { id, actor }) => {
    const conversation = await core.ledger.load(conversations, conversationId, asOf(core));
    permitted(conversation, actor, 'markRead');
    const place = Math.min(upTo, await core.messages.count(conversationId));
    return core.ledger.transact(readings, id, meta, (reading) => decide(reading, conversation, actor, place));
  },
});

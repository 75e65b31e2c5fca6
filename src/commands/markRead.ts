// Records how far a user has read a conversation.

import { z } from 'zod';
import { conversations, permitted } from '../domain/conversation.ts';
import { markRead as decide, readings } from '../domain/reading.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids } from './fields.ts';

export const markRead = command({
  /** `upTo`: the `seq` of the last message read. */
  input: z.strictObject({
    conversationId: ids.conversation,
    upTo: z.int().nonnegative().describe('The `seq` of the last message that you have read.'),
  }),
  scope: 'write',
  refuses: ['conversation-unknown'],
  target: ({ conversationId }, { actorId }) => existing(readings, `${conversationId}-${actorId}`),
  carryOut: async (core, meta, { conversationId, upTo }, { id, actor }) => {
    permitted(await core.ledger.load(conversations, conversationId, asOf(core)), actor, 'markRead');
    return core.ledger.transact(readings, id, meta, (reading) => decide(reading, conversationId, actor.userId, upTo));
  },
});

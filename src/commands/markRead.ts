// Remembers how far somebody has read a conversation.

import { z } from 'zod';
import { mayRead } from '../domain/access.ts';
import { conversations, readerOf } from '../domain/conversation.ts';
import { markRead as decide, readings } from '../domain/reading.ts';
import { Refused } from '../domain/refused.ts';
import { command, existing } from './command.ts';
import { id } from './fields.ts';

export const markRead = command({
  /** `upTo`: the `seq` of the last message read. */
  input: z.strictObject({ conversationId: id, upTo: z.int().nonnegative() }),
  refuses: ['conversation-unknown'],
  target: ({ conversationId }, { actorId }) => existing(readings, `${conversationId}-${actorId}`),
  carryOut: async (core, meta, { conversationId, upTo }, { id, actor }) => {
    const conversation = await core.ledger.load(conversations, conversationId, core.since);
    if (!conversation.exists || !mayRead(conversation, readerOf(conversation, actor)))
      throw new Refused('conversation-unknown');
    return core.ledger.transact(readings, id, meta, (reading) => decide(reading, conversationId, actor.userId, upTo));
  },
});

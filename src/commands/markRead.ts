// Remembers how far somebody has read a conversation.

import { z } from 'zod';
import { mayRead } from '../domain/access.ts';
import { conversations, readerOf } from '../domain/conversation.ts';
import { markRead as decide, readings } from '../domain/reading.ts';
import { Refused } from '../domain/refused.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';
import { id } from './fields.ts';

/** `upTo`: the `seq` of the last message read. */
export const MarkRead = z.strictObject({ conversationId: id, upTo: z.int().nonnegative() });
export type MarkRead = z.input<typeof MarkRead>;

/** @throws Refused `conversation-unknown` */
export const markRead = command({
  input: MarkRead,
  target: ({ conversationId }, { actorId }) => existing(readings, `${conversationId}-${signedIn(actorId)}`),
  carryOut: async (core, meta, { conversationId, upTo }, { id }) => {
    const actor = await actorOf(core, meta);
    const conversation = await core.ledger.load(conversations, conversationId, core.since);
    if (!conversation.exists || !mayRead(conversation, readerOf(conversation, actor)))
      throw new Refused('conversation-unknown');
    return core.ledger.transact(readings, id, meta, (reading) => decide(reading, conversationId, actor.userId, upTo));
  },
});

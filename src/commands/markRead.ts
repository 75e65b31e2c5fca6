// Remembers how far somebody has read a conversation.

import { z } from 'zod';
import { mayRead } from '../domain/access.ts';
import { conversations, readerOf } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { markRead as decide, readings } from '../domain/reading.ts';
import { Refused } from '../domain/refused.ts';
import { actorOf, type Core, type Done } from './core.ts';
import { id } from './fields.ts';

/** `upTo`: the `seq` of the last message read. */
export const MarkRead = z.strictObject({ conversationId: id, upTo: z.int().nonnegative() });
export type MarkRead = z.input<typeof MarkRead>;

/** @throws Refused `conversation-unknown` */
export const markRead = async (core: Core, meta: Meta, input: MarkRead): Promise<Done> => {
  const { conversationId, upTo } = MarkRead.parse(input);
  const actor = await actorOf(core, meta);
  const conversation = await core.ledger.load(conversations, conversationId, core.since);
  if (!conversation.exists || !mayRead(conversation, readerOf(conversation, actor)))
    throw new Refused('conversation-unknown');
  const { userId } = actor;
  return core.ledger.transact(readings, `${conversationId}-${userId}`, meta, (reading) =>
    decide(reading, conversationId, userId, upTo),
  );
};

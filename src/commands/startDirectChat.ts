// Starts the direct chat of two users, or finds it: there is one, whoever starts it.

import { z } from 'zod';
import { conversations, startDirectChat as decide } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { directChatId } from '../domain/ids.ts';
import { actorOf, type Core, type Done, existingUser } from './core.ts';
import { id } from './fields.ts';

export const StartDirectChat = z.strictObject({ userId: id });
export type StartDirectChat = z.input<typeof StartDirectChat>;

/** @throws Refused `user-unknown` */
export const startDirectChat = async (
  core: Core,
  meta: Meta,
  input: StartDirectChat,
): Promise<Done & { conversationId: string; isNew: boolean }> => {
  const { userId: otherId } = StartDirectChat.parse(input);
  const { userId } = await actorOf(core, meta);
  await existingUser(core, otherId, 'userId');
  const conversationId = directChatId(userId, otherId);
  const present = await core.ledger.load(conversations, conversationId);
  const number = present.exists ? present.number : await core.numbers.next('conversation');
  const { position, events } = await core.ledger.transact(conversations, conversationId, meta, (state) =>
    decide(state, { conversationId, number, userIds: [userId, otherId], startedBy: userId }),
  );
  return { conversationId, position, isNew: events.length > 0 };
};

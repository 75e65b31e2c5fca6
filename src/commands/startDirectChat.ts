// Starts the direct chat of two users, or finds it: there is one, whoever starts it.

import { z } from 'zod';
import { conversations, startDirectChat as decide } from '../domain/conversation.ts';
import { directChatId } from '../domain/ids.ts';
import { command, existing } from './command.ts';
import { actorOf, existingUser, signedIn } from './core.ts';
import { id } from './fields.ts';

export const StartDirectChat = z.strictObject({ userId: id });
export type StartDirectChat = z.input<typeof StartDirectChat>;

/** @throws Refused `user-unknown` */
export const startDirectChat = command({
  input: StartDirectChat,
  target: ({ userId }, { actorId }) => existing(conversations, directChatId(signedIn(actorId), userId)),
  makes: (conversationId) => ({ conversationId, isNew: true }),
  carryOut: async (core, meta, { userId: otherId }, { conversationId }) => {
    const { userId } = await actorOf(core, meta);
    await existingUser(core, otherId, 'userId');
    const present = await core.ledger.load(conversations, conversationId);
    const number = present.exists ? present.number : await core.numbers.next('conversation');
    const { position, events, replayed } = await core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, { conversationId, number, userIds: [userId, otherId], startedBy: userId }),
    );
    return { position, isNew: replayed || events.length > 0 };
  },
});

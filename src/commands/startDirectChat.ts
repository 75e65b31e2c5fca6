// Starts the direct chat of two users, or finds it: two users have only one.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { startDirectChat as decide } from '../domain/createConversation.ts';
import { directChatId } from '../domain/ids.ts';
import { command, existing } from './command.ts';
import { existingUser } from './core.ts';
import { ids } from './fields.ts';

export const startDirectChat = command({
  input: z.strictObject({ userId: ids.user }),
  scope: 'write',
  refuses: ['user-unknown'],
  target: ({ userId }, { actorId }) => existing(conversations, directChatId(actorId, userId)),
  makes: (conversationId) => ({ conversationId, isNew: true }),
  carryOut: async (core, meta, { userId: otherId }, { conversationId, actor: { userId } }) => {
    await existingUser(core, otherId, 'userId');
    const present = await core.ledger.load(conversations, conversationId);
    const number = present.exists ? present.number : await core.numbers.next('conversation');
    const { position, events, replayed } = await core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, { conversationId, number, userIds: [userId, otherId], startedBy: userId }),
    );
    return { position, isNew: replayed || events.length > 0 };
  },
});

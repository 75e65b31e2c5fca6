// Starts the direct chat of two users under a slug, a unique name in addresses, or gives the slug to the chat that they have.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { startNamedChat as decide } from '../domain/createConversation.ts';
import { directChatId } from '../domain/ids.ts';
import { claiming } from './claiming.ts';
import { command, existing } from './command.ts';
import { existingUser } from './core.ts';
import { ids, slug } from './fields.ts';

export const startNamedChat = command({
  input: z.strictObject({ userId: ids.user, slug }),
  scope: 'manage',
  refuses: ['slug-taken', 'user-unknown'],
  target: ({ userId }, { actorId }) => existing(conversations, directChatId(actorId, userId)),
  makes: (conversationId) => ({ conversationId }),
  carryOut: async (core, meta, { userId: otherId, slug }, { conversationId, actor: { userId } }) => {
    await existingUser(core, otherId, 'userId');
    const wanted = [{ kind: 'slug', name: slug, field: 'slug' }] as const;
    return claiming(core, meta, conversationId, wanted, async (claimed) => {
      const present = await core.ledger.load(conversations, conversationId);
      const number = present.exists ? present.number : await core.numbers.next('conversation');
      return core.ledger.transact(conversations, conversationId, meta, (state) =>
        decide(state, { conversationId, number, userIds: [userId, otherId], startedBy: userId }, slug, claimed),
      );
    });
  },
});

// Adds a user to a group, as a member, a moderator, or somebody who only reads.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { addMember as decide } from '../domain/membership.ts';
import { command, existing } from './command.ts';
import { existingUser } from './core.ts';
import { ids, role } from './fields.ts';

export const addMember = command({
  input: z.strictObject({ conversationId: ids.conversation, userId: ids.user, role: role.default('member') }),
  scope: 'manage',
  refuses: [
    'conversation-unknown',
    'not-a-member',
    'not-an-owner',
    'cannot-add-to-this-kind',
    'read-only',
    'user-unknown',
  ],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, userId, role }, { actor }) => {
    await existingUser(core, userId, 'userId');
    const upTo = await core.messages.count(conversationId);
    return core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, actor, userId, upTo, role),
    );
  },
});

// Makes a user an owner of a group: a member, or somebody who becomes one by it.

import { conversations } from '../domain/conversation.ts';
import { appointOwner as decide } from '../domain/membership.ts';
import { addMember } from './addMember.ts';
import { command, existing } from './command.ts';
import { existingUser } from './core.ts';

export const appointOwner = command({
  input: addMember.input.omit({ role: true }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-a-member', 'not-an-owner', 'cannot-add-to-this-kind', 'user-unknown'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, userId }, { actor }) => {
    await existingUser(core, userId, 'userId');
    const upTo = await core.messages.count(conversationId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, userId, upTo));
  },
});

// Gives a member of a group, who is no owner, a role in it.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { giveRole as decide } from '../domain/membership.ts';
import { command, existing } from './command.ts';
import { ids, role } from './fields.ts';

export const giveRole = command({
  input: z.strictObject({
    conversationId: ids.conversation,
    userId: ids.user,
    role,
  }),
  scope: 'manage',
  refuses: [
    'conversation-unknown',
    'not-a-member',
    'not-an-owner',
    'cannot-add-to-this-kind',
    'user-unknown',
    'is-an-owner',
  ],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: (core, meta, { conversationId, userId, role }, { actor }) =>
    core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, userId, role)),
});

// Removes a user from a group. Users who name themselves leave.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { removeMember as decide } from '../domain/membership.ts';
import { absentHeirs } from './absences.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids } from './fields.ts';

export const removeMember = command({
  input: z.strictObject({ conversationId: ids.conversation, userId: ids.user }),
  scope: 'manage',
  refuses: [
    'conversation-unknown',
    'not-a-member',
    'not-a-moderator',
    'not-an-owner',
    'cannot-add-to-this-kind',
    'cannot-leave-this-kind',
  ],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, userId }, { actor }) => {
    const group = await core.ledger.load(conversations, conversationId, asOf(core));
    const absences = await absentHeirs(core, group, userId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, userId, absences));
  },
});

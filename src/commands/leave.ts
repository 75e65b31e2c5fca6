// Leaves a group.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { leave as decide } from '../domain/membership.ts';
import { absentHeirs } from './absences.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids } from './fields.ts';

export const leave = command({
  input: z.strictObject({ conversationId: ids.conversation }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'cannot-leave-this-kind'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId }, { actor }) => {
    const group = await core.ledger.load(conversations, conversationId, asOf(core));
    const absences = await absentHeirs(core, group, actor.userId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, absences));
  },
});

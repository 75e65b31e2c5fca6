// Joins a public group.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { join as decide } from '../domain/membership.ts';
import { absentOwners } from './absences.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids } from './fields.ts';

export const join = command({
  input: z.strictObject({ conversationId: ids.conversation }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'cannot-add-to-this-kind'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId }, { actor }) => {
    const absences = await absentOwners(core, await core.ledger.load(conversations, conversationId, asOf(core)));
    const upTo = await core.messages.count(conversationId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, upTo, absences));
  },
});

// Makes an owner of a group a plain member of it. Owners who name themselves step down.

import { conversations } from '../domain/conversation.ts';
import { dismissOwner as decide } from '../domain/membership.ts';
import { absentOwners } from './absences.ts';
import { addMember } from './addMember.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';

export const dismissOwner = command({
  input: addMember.input.omit({ role: true }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-a-member', 'not-an-owner', 'cannot-add-to-this-kind', 'last-owner'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, userId }, { actor }) => {
    const group = await core.ledger.load(conversations, conversationId, asOf(core));
    const absences = await absentOwners(core, group, userId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, userId, absences));
  },
});

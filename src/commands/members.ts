// Joining, leaving, adding and removing members.

import { z } from 'zod';
import * as conversation from '../domain/conversation.ts';
import { command, existing } from './command.ts';
import { actorOf, existingUser } from './core.ts';
import { id } from './fields.ts';

const { conversations } = conversation;

export const AddMember = z.strictObject({ conversationId: id, userId: id });
export type AddMember = z.input<typeof AddMember>;

/** @throws Refused `conversation-unknown`, `not-a-member`, `not-an-owner`, `cannot-add-to-this-kind`, `user-unknown` */
export const addMember = command({
  input: AddMember,
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, userId }) => {
    const actor = await actorOf(core, meta);
    await existingUser(core, userId, 'userId');
    return core.ledger.transact(conversations, conversationId, meta, (state) =>
      conversation.addMember(state, actor, userId),
    );
  },
});

/** @throws Refused `conversation-unknown`, `not-a-member`, `not-an-owner`, `cannot-add-to-this-kind` */
export const removeMember = command({
  input: AddMember,
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, userId }) => {
    const actor = await actorOf(core, meta);
    return core.ledger.transact(conversations, conversationId, meta, (state) =>
      conversation.removeMember(state, actor, userId),
    );
  },
});

/** @throws Refused `conversation-unknown`, `cannot-add-to-this-kind` */
export const join = command({
  input: id,
  target: (conversationId) => existing(conversations, conversationId),
  carryOut: async (core, meta, conversationId) => {
    const actor = await actorOf(core, meta);
    return core.ledger.transact(conversations, conversationId, meta, (state) => conversation.join(state, actor));
  },
});

/** @throws Refused `conversation-unknown`, `cannot-leave-this-kind` */
export const leave = command({
  input: id,
  target: (conversationId) => existing(conversations, conversationId),
  carryOut: async (core, meta, conversationId) => {
    const actor = await actorOf(core, meta);
    return core.ledger.transact(conversations, conversationId, meta, (state) => conversation.leave(state, actor));
  },
});

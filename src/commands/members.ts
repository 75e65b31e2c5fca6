// Joining, leaving, adding and removing members.

import { z } from 'zod';
import * as conversation from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { actorOf, type Core, type Done, existingUser } from './core.ts';
import { id } from './fields.ts';

export const AddMember = z.strictObject({ conversationId: id, userId: id });
export type AddMember = z.input<typeof AddMember>;

/** @throws Refused `conversation-unknown`, `not-a-member`, `not-an-owner`, `cannot-add-to-this-kind`, `user-unknown` */
export const addMember = async (core: Core, meta: Meta, input: AddMember): Promise<Done> => {
  const { conversationId, userId } = AddMember.parse(input);
  const actor = await actorOf(core, meta);
  await existingUser(core, userId, 'userId');
  return core.ledger.transact(conversation.conversations, conversationId, meta, (state) =>
    conversation.addMember(state, actor, userId),
  );
};

/** @throws Refused `conversation-unknown`, `not-a-member`, `not-an-owner`, `cannot-add-to-this-kind` */
export const removeMember = async (core: Core, meta: Meta, input: AddMember): Promise<Done> => {
  const { conversationId, userId } = AddMember.parse(input);
  const actor = await actorOf(core, meta);
  return core.ledger.transact(conversation.conversations, conversationId, meta, (state) =>
    conversation.removeMember(state, actor, userId),
  );
};

/** @throws Refused `conversation-unknown`, `cannot-add-to-this-kind` */
export const join = async (core: Core, meta: Meta, conversationId: string): Promise<Done> => {
  const actor = await actorOf(core, meta);
  return core.ledger.transact(conversation.conversations, conversationId, meta, (state) =>
    conversation.join(state, actor),
  );
};

/** @throws Refused `conversation-unknown`, `cannot-leave-this-kind` */
export const leave = async (core: Core, meta: Meta, conversationId: string): Promise<Done> => {
  const actor = await actorOf(core, meta);
  return core.ledger.transact(conversation.conversations, conversationId, meta, (state) =>
    conversation.leave(state, actor),
  );
};

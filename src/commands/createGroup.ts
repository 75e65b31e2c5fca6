// Makes a group; who makes it owns it.

import { z } from 'zod';
import { conversations, createGroup as decide } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { claiming, type Wanted } from './claims.ts';
import { actorOf, type Core, type Done, existingUser, idFor } from './core.ts';
import { description, id, requiredText } from './fields.ts';

export const CreateGroup = z.strictObject({
  name: description.name,
  description: description.description.default(''),
  picture: description.picture.default(null),
  public: z.boolean().default(false),
  /** A unique word by which the group can be found. */
  slug: requiredText(100).nullable().default(null),
  /** Users to be members from the start. */
  memberIds: z.array(id).max(400).default([]),
  /** No other group may go by the same name. */
  uniqueName: z.boolean().default(false),
  /** Given only by an import. */
  conversationId: id.optional(),
});
export type CreateGroup = z.input<typeof CreateGroup>;

/** @throws Refused `user-unknown` naming the member, `slug-taken`, `group-name-taken` */
export const createGroup = async (
  core: Core,
  meta: Meta,
  input: CreateGroup,
): Promise<Done & { conversationId: string }> => {
  const {
    memberIds,
    uniqueName,
    conversationId = idFor(core, meta, 'conversation'),
    ...wish
  } = CreateGroup.parse(input);
  const { userId } = await actorOf(core, meta);
  for (const [i, memberId] of memberIds.entries()) await existingUser(core, memberId, `memberIds.${i}`);
  const wanted: Wanted[] = [];
  if (uniqueName) wanted.push({ kind: 'group', name: wish.name, field: 'name' });
  if (wish.slug !== null) wanted.push({ kind: 'slug', name: wish.slug, field: 'slug' });
  return claiming(core, meta, conversationId, wanted, async (claimed) => {
    const number = await core.numbers.next('conversation');
    const { position } = await core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, { ...wish, conversationId, number, ownerId: userId }, memberIds, claimed),
    );
    return { conversationId, position };
  });
};

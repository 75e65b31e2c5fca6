// Makes a group. Its maker is its owner.

import { z } from 'zod';
import { conversations, createGroup as decide } from '../domain/conversation.ts';
import { claiming, type Wanted } from './claims.ts';
import { command, existing, wanted } from './command.ts';
import { existingUser } from './core.ts';
import { description, id, slug } from './fields.ts';
import { useFilesAt } from './useFile.ts';

export const createGroup = command({
  input: z.strictObject({
    name: description.name,
    description: description.description.default(''),
    picture: description.picture.default(null),
    public: z.boolean().default(false),
    /** A unique name in addresses. */
    slug: slug.nullable().default(null),
    memberIds: z.array(id).max(400).default([]),
    /** Claims the name: no other group may claim the same one. */
    uniqueName: z.boolean().default(false),
    /** Only for imports. */
    conversationId: id.optional(),
  }),
  scope: 'manage',
  refuses: ['user-unknown', 'slug-taken', 'group-name-taken'],
  target: ({ conversationId, name }) =>
    conversationId === undefined ? wanted(conversations, 'group', name) : existing(conversations, conversationId),
  makes: (conversationId) => ({ conversationId }),
  carryOut: async (core, meta, { memberIds, uniqueName, ...wish }, { conversationId, actor }) => {
    for (const [i, memberId] of memberIds.entries()) await existingUser(core, memberId, `memberIds.${i}`);
    const names: Wanted[] = [];
    if (uniqueName) names.push({ kind: 'group', name: wish.name, field: 'name' });
    if (wish.slug !== null) names.push({ kind: 'slug', name: wish.slug, field: 'slug' });
    return claiming(core, meta, conversationId, names, async (claimed) => {
      const number = await core.numbers.next('conversation');
      await useFilesAt(core, meta, [wish.picture]);
      return core.ledger.transact(conversations, conversationId, meta, (state) =>
        decide(state, { ...wish, conversationId, number, ownerId: actor.userId }, memberIds, claimed),
      );
    });
  },
});

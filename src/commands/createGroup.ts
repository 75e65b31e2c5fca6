// Makes a group. Its maker is its owner.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { createGroup as decide } from '../domain/createConversation.ts';
import { claiming } from './claiming.ts';
import type { Wanted } from './claims.ts';
import { command, existing, wanted } from './command.ts';
import { existingUser } from './core.ts';
import { description, id, ids, slug } from './fields.ts';
import { usePicture } from './useFile.ts';

export const createGroup = command({
  input: z.strictObject({
    name: description.name,
    description: description.description.default(''),
    picture: description.picture.default(null),
    public: z.boolean().default(false).describe('Anybody may find, read and join it.'),
    slug: slug.nullable().default(null),
    memberIds: z.array(ids.user).max(400).default([]).describe('Users who are members from the start, beside you.'),
    uniqueName: z.boolean().default(false).describe('Claims the name: no other group may claim the same one.'),
    /** Only for imports. */
    conversationId: id.optional(),
  }),
  scope: 'manage',
  refuses: ['user-unknown', 'slug-taken', 'group-name-taken', 'file-unknown'],
  // Each member costs as much as one that is added later.
  costs: ({ memberIds }) => ({ commands: 1 + memberIds.length }),
  target: ({ conversationId, name }) =>
    conversationId === undefined ? wanted(conversations, 'group', name) : existing(conversations, conversationId),
  makes: (conversationId) => ({ conversationId }),
  carryOut: async (core, meta, { memberIds, uniqueName, ...wish }, { conversationId, actor }) => {
    for (const [i, memberId] of memberIds.entries()) await existingUser(core, memberId, `memberIds.${i}`);
    await usePicture(core, meta, actor, { field: 'picture', address: wish.picture });
    const names: Wanted[] = [];
    if (uniqueName) names.push({ kind: 'group', name: wish.name, field: 'name' });
    if (wish.slug !== null) names.push({ kind: 'slug', name: wish.slug, field: 'slug' });
    return claiming(core, meta, conversationId, names, async (claimed) => {
      const number = await core.numbers.next('conversation');
      return core.ledger.transact(conversations, conversationId, meta, (state) =>
        decide(state, { ...wish, conversationId, number, ownerId: actor.userId }, memberIds, claimed),
      );
    });
  },
});

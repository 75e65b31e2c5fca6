// Queries about conversations and their members.

import type { ConversationKind } from '../../domain/accessFacts.ts';
import { fits, LIMITS } from '../../domain/limits.ts';
import type { MemberRole } from '../../domain/members.ts';
import { canonical } from '../../domain/names.ts';
import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId } from '../memberships.ts';
import { conversationRights } from './conversationRights.ts';
import { deskQueries } from './desks.ts';
import type { Documents, Page, Slice } from './documents.ts';
import { readingQueries } from './readings.ts';

export interface Joined {
  readonly membership: MembershipDoc;
  /** Undefined: the views take the conversation a moment later. */
  readonly conversation: ConversationDoc | undefined;
}

export const conversationQueries = (documents: Documents) => {
  const { many, one, first, find, slice, byIds } = documents;
  const desks = deskQueries(documents);
  const rights = conversationRights(documents, desks);
  const conversation = (conversationId: string) => one('conversations', conversationId);
  const membership = (conversationId: string, userId: string) =>
    one('memberships', membershipId(conversationId, userId));
  const membershipsWith = (ids: readonly string[]) => many('memberships', ids);

  return {
    ...rights,
    ...readingQueries(documents),
    ...desks,
    conversation,
    conversationsById: (ids: Iterable<string | null>) => byIds('conversations', ids),
    conversationNumbered: (number: number) => first('conversations', { number }, 'id'),
    /** In any spelling, none of which is much longer than a slug. */
    conversationWithSlug: async (slug: string) =>
      fits(slug, 2 * LIMITS.slug) ? first('conversations', { slugKey: canonical('slug', slug) }, 'number') : undefined,
    /** Who has read a conversation further than a `place`, in the order of how far. */
    readersFrom: (conversationId: string, after: string, limit: number) =>
      slice('reads', { where: { conversationId }, sort: 'place', after, limit }),
    /** Rooms and public groups, in the order of their numbers. */
    listed: (page: Page) => find('conversations', { listed: true }, 'number', page),
    conversationsOfKind: (kind: ConversationKind, page: Page) => find('conversations', { kind }, 'number', page),
    /** Conversations that `userId` is a member of, in the order of joining. */
    conversationsOf: async (userId: string, page: Page, kind?: ConversationKind): Promise<Slice<Joined>> => {
      const where = kind === undefined ? { userId } : { userId, kind };
      const { items, more } = await find('memberships', where, 'since', page);
      const ids = items.map(({ conversationId }) => conversationId);
      const docs = await many('conversations', ids);
      return { items: items.map((membership, i) => ({ membership, conversation: docs[i] })), more };
    },
    membership,
    /** In the order of joining. */
    membershipsOf: (userId: string, page: Page) => find('memberships', { userId }, 'since', page),
    membershipsIn: (userId: string, conversationIds: readonly string[]) =>
      membershipsWith(conversationIds.map((id) => membershipId(id, userId))),
    /** `role`: only those who have it. */
    members: (conversationId: string, page: Page, role?: MemberRole) =>
      find('memberships', role === undefined ? { conversationId } : { conversationId, role }, 'since', page),
    membershipsAmong: (conversationId: string, userIds: readonly string[]) =>
      membershipsWith(userIds.map((id) => membershipId(conversationId, id))),
  };
};

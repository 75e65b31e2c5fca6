// Queries about conversations and their members.

import { type Action, may } from '../../domain/access.ts';
import { type ConversationKind, readerOf } from '../../domain/accessFacts.ts';
import { isAway } from '../../domain/attitude.ts';
import { canonical } from '../../domain/names.ts';
import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId } from '../memberships.ts';
import { accountOf } from '../users.ts';
import { deskQueries } from './desks.ts';
import type { Documents, Page, Slice } from './documents.ts';

export interface Joined {
  readonly membership: MembershipDoc;
  /** Undefined: the views take the conversation a moment later. */
  readonly conversation: ConversationDoc | undefined;
}

export const conversationQueries = (documents: Documents) => {
  const { many, one, first, find, byIds } = documents;
  const desks = deskQueries(documents);
  const conversation = (conversationId: string) => one('conversations', conversationId);
  const membership = (conversationId: string, userId: string) =>
    one('memberships', membershipId(conversationId, userId));
  const membershipsWith = (ids: readonly string[]) => many('memberships', ids);

  /** The conversation, if `userId` may do `action` in it. Missing and forbidden are the same. */
  const permitted = async (action: Action, conversationId: string, userId: string) => {
    const [found, user, member] = await Promise.all([
      conversation(conversationId),
      one('users', userId),
      membership(conversationId, userId),
    ]);
    if (!found || !user) return undefined;
    const [attitude] = found.kind === 'desk' ? await desks.attitudesOf(userId, [conversationId]) : [];
    const standing = member?.role ?? (isAway(attitude) ? 'away' : 'none');
    return may(readerOf(accountOf(user), standing), action, found) ? found : undefined;
  };

  return {
    ...desks,
    conversation,
    conversationsById: (ids: Iterable<string | null>) => byIds('conversations', ids),
    conversationNumbered: (number: number) => first('conversations', { number }, 'id'),
    conversationWithSlug: (slug: string) => first('conversations', { slugKey: canonical('slug', slug) }, 'number'),
    readable: (conversationId: string, userId: string) => permitted('read', conversationId, userId),
    writable: (conversationId: string, userId: string) => permitted('write', conversationId, userId),
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
    members: (conversationId: string, page: Page) => find('memberships', { conversationId }, 'since', page),
    membershipsAmong: (conversationId: string, userIds: readonly string[]) =>
      membershipsWith(userIds.map((id) => membershipId(conversationId, id))),
    /** How many messages `userId` has read in each conversation. */
    readsOf: async (userId: string, conversationIds: readonly string[]): Promise<readonly number[]> => {
      const ids = conversationIds.map((id) => membershipId(id, userId));
      return (await many('reads', ids)).map((read) => read?.upTo ?? 0);
    },
  };
};

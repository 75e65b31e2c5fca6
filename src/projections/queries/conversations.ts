// Queries about conversations and their members.

import { type Action, check, may } from '../../domain/access.ts';
import { type ConversationKind, readerOf } from '../../domain/accessFacts.ts';
import { isAway } from '../../domain/attitude.ts';
import { canonical } from '../../domain/names.ts';
import { Refused } from '../../domain/refused.ts';
import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId, placeOf } from '../memberships.ts';
import { NOBODY, voiceOf } from '../messages.ts';
import { accountOf } from '../users.ts';
import { deskQueries } from './desks.ts';
import type { Documents, Page, Slice } from './documents.ts';
import { mentionCounts } from './mentionCounts.ts';

export interface Joined {
  readonly membership: MembershipDoc;
  /** Undefined: the views take the conversation a moment later. */
  readonly conversation: ConversationDoc | undefined;
}

export interface Reading {
  /** The messages up to here, by `seq`, are read. */
  readonly readUpTo: number;
  /** 0 if the user is no member. */
  readonly unread: number;
  /** How many of these call the user. */
  readonly mentions: number;
}

/** So many of the newest messages are counted at most: more would take too long. */
const COUNTED = 10_000;

export const conversationQueries = (documents: Documents) => {
  const { many, one, first, find, slice, byIds, count } = documents;
  const mentions = mentionCounts(documents);
  const desks = deskQueries(documents);
  const conversation = (conversationId: string) => one('conversations', conversationId);
  const membership = (conversationId: string, userId: string) =>
    one('memberships', membershipId(conversationId, userId));
  const membershipsWith = (ids: readonly string[]) => many('memberships', ids);

  /** Conversations, with the user as a reader of each. Undefined: there is none, or no such user. */
  const readersIn = async (userId: string, ids: readonly string[]) => {
    const [found, user, members] = await Promise.all([
      many('conversations', ids),
      one('users', userId),
      membershipsWith(ids.map((id) => membershipId(id, userId))),
    ]);
    const atDesks = found.flatMap((one) => (one?.kind === 'desk' ? [one.id] : []));
    const treated = atDesks.length === 0 ? [] : await desks.attitudesOf(userId, atDesks);
    const attitudes = new Map(atDesks.map((id, i) => [id, treated[i]]));
    return found.map((conversation, i) => {
      if (!conversation || !user) return undefined;
      const membership = members[i];
      const standing = membership?.role ?? (isAway(attitudes.get(conversation.id)) ? 'away' : 'none');
      return { conversation, membership, reader: readerOf(accountOf(user), standing) };
    });
  };

  /** The conversation, if `userId` may do `action` in it. Missing and forbidden are the same. */
  const permitted = async (action: Action, conversationId: string, userId: string) => {
    const [inside] = await readersIn(userId, [conversationId]);
    return inside && may(inside.reader, action, inside.conversation) ? inside.conversation : undefined;
  };

  /** Messages of others after `upTo`. No message is counted for a reader when it is sent: rooms may have any number of them. */
  const unreadAfter = async (upTo: number, { id, messageCount }: ConversationDoc, userId: string): Promise<number> => {
    const after = Math.max(upTo, messageCount - COUNTED);
    if (after >= messageCount) return 0;
    const of = (speaker: string) =>
      count('messages', {
        where: { voice: voiceOf(id, speaker) },
        sort: 'seq',
        after,
        // The views may have taken more messages meanwhile.
        before: messageCount + 1,
      });
    const [own, nobodys] = await Promise.all([of(userId), of(NOBODY)]);
    return messageCount - after - own - nobodys;
  };

  return {
    ...desks,
    conversation,
    conversationsById: (ids: Iterable<string | null>) => byIds('conversations', ids),
    conversationNumbered: (number: number) => first('conversations', { number }, 'id'),
    conversationWithSlug: (slug: string) => first('conversations', { slugKey: canonical('slug', slug) }, 'number'),
    readable: (conversationId: string, userId: string) => permitted('read', conversationId, userId),
    writable: (conversationId: string, userId: string) => permitted('write', conversationId, userId),
    readersIn,
    /** The conversation, if `userId` may do `action` in it. @throws Refused */
    checked: async (action: Action, conversationId: string, userId: string): Promise<ConversationDoc> => {
      const [inside] = await readersIn(userId, [conversationId]);
      if (!inside) throw new Refused('conversation-unknown');
      check(inside.reader, action, inside.conversation);
      return inside.conversation;
    },
    /** Who has read a conversation so far or further, in the order of how far. `after`: a `place`. */
    readersFrom: (conversationId: string, seq: number, limit: number, after = placeOf(seq)) =>
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
    members: (conversationId: string, page: Page) => find('memberships', { conversationId }, 'since', page),
    membershipsAmong: (conversationId: string, userIds: readonly string[]) =>
      membershipsWith(userIds.map((id) => membershipId(conversationId, id))),
    /** How far `userId` has read each conversation, and what is left. */
    readingsOf: async (
      userId: string,
      conversations: readonly (ConversationDoc | undefined)[],
      memberships: readonly (MembershipDoc | undefined)[],
    ): Promise<readonly Reading[]> => {
      const ids = conversations.map((one) => membershipId(one?.id ?? '', userId));
      const reads = await many('reads', ids);
      const places = reads.map((read) => read?.upTo ?? 0);
      const unread = await Promise.all(
        conversations.map((one, i) => (one && memberships[i] ? unreadAfter(places[i]!, one, userId) : 0)),
      );
      const called = await mentions(
        userId,
        memberships.flatMap((membership, i) =>
          membership && unread[i]! > 0 ? [{ membership, after: places[i]! }] : [],
        ),
      );
      return conversations.map((one, i) => ({
        readUpTo: places[i]!,
        unread: unread[i]!,
        mentions: called.get(one?.id ?? '') ?? 0,
      }));
    },
  };
};

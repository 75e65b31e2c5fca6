// Queries about conversations and their members.

import { type Action, check, type Explanation, explain, may, seesAfter } from '../../domain/access.ts';
import { type ConversationKind, type MessageFacts, readerOf } from '../../domain/accessFacts.ts';
import { isAway } from '../../domain/attitude.ts';
import { fits, LIMITS } from '../../domain/limits.ts';
import type { MemberRole } from '../../domain/members.ts';
import { canonical } from '../../domain/names.ts';
import { Refused } from '../../domain/refused.ts';
import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId } from '../memberships.ts';
import { type MessageDoc, NOBODY, voiceOf } from '../messages.ts';
import { accountOf } from '../users.ts';
import { deskQueries } from './desks.ts';
import type { Documents, Page, Slice } from './documents.ts';
import { mentionCounts } from './mentionCounts.ts';

export interface Joined {
  readonly membership: MembershipDoc;
  /** Undefined: the views take the conversation a moment later. */
  readonly conversation: ConversationDoc | undefined;
}

/** Where a message is. */
type Placed = Pick<MessageDoc, 'conversationId' | 'seq'>;

export interface Reading {
  /** The messages up to here, by `seq`, are read. */
  readonly readUpTo: number;
  /** 0 if the user is no member. */
  readonly unread: number;
  /** How many of these call the user. */
  readonly mentions: number;
}

/** A conversation that an account may use. */
export interface Permitted extends ConversationDoc {
  /** The account sees the messages after this `seq`; 0: all of them. */
  readonly seesAfter: number;
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

  /** Those of the conversations that exist, each with what `userId` is in it. */
  const standingsIn = async (userId: string, ids: readonly string[]) => {
    const [found, user, members] = await Promise.all([
      many('conversations', ids),
      one('users', userId),
      membershipsWith(ids.map((id) => membershipId(id, userId))),
    ]);
    if (!user) return [];
    const deskIds = found.flatMap((doc) => (doc?.kind === 'desk' ? [doc.id] : []));
    const attitudes = new Map((await desks.attitudesOf(userId, deskIds)).map((attitude, i) => [deskIds[i], attitude]));
    return found.flatMap((doc, i) => {
      const membership = members[i];
      const standing = membership?.role ?? (isAway(attitudes.get(doc?.id)) ? 'away' : 'none');
      const reader = readerOf(accountOf(user), standing);
      return doc ? [{ doc: { ...doc, seesAfter: seesAfter(doc, membership?.upTo) }, membership, reader }] : [];
    });
  };

  /** By id, those of the conversations in which `userId` may do `action`. Missing and forbidden are the same. */
  const permittedAmong = async (action: Action, userId: string, ids: readonly string[]) => {
    const permitted = (await standingsIn(userId, ids)).filter(({ doc, reader }) => may(reader, action, doc));
    return new Map(permitted.map(({ doc }): [string, Permitted] => [doc.id, doc]));
  };

  /**
   * Whether somebody may see the earlier texts of messages of a conversation, with their roles or without, and why. Undefined: there
   * is no such conversation or account.
   */
  const versionRights = async (conversationId: string, userId: string) => {
    const [known] = await standingsIn(userId, [conversationId]);
    if (known === undefined) return undefined;
    const { doc, reader } = known;
    const inside = {
      kind: 'message',
      isReadable: may(reader, 'read', doc),
      isModerated: may(reader, 'moderate', doc),
      versions: doc.policy.versions,
    } as const;
    return (
      { senderId, seq, removed }: Pick<MessageDoc, 'senderId' | 'seq' | 'removed'>,
      withRoles = true,
    ): Explanation => {
      const of = { createdBy: senderId, isShown: seq > doc.seesAfter, removedBy: removed?.by ?? null };
      const facts: MessageFacts = { ...inside, ...of };
      return explain({ ...reader, standing: 'none', roles: withRoles ? reader.roles : [] }, 'seeVersions', facts);
    };
  };
  const permitted = async (action: Action, conversationId: string, userId: string) =>
    (await permittedAmong(action, userId, [conversationId])).get(conversationId);

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
    // A message of the user that is removed meanwhile may be in both.
    return Math.max(0, messageCount - after - own - nobodys);
  };

  return {
    ...desks,
    conversation,
    conversationsById: (ids: Iterable<string | null>) => byIds('conversations', ids),
    conversationNumbered: (number: number) => first('conversations', { number }, 'id'),
    /** In any spelling, none of which is much longer than a slug. */
    conversationWithSlug: async (slug: string) =>
      fits(slug, 2 * LIMITS.slug) ? first('conversations', { slugKey: canonical('slug', slug) }, 'number') : undefined,
    readable: (conversationId: string, userId: string) => permitted('read', conversationId, userId),
    /** By id, those of the conversations that `userId` may read. */
    readableAmong: (userId: string, conversationIds: readonly string[]) =>
      permittedAmong('read', userId, conversationIds),
    /** For each of the messages, of any conversations: does `userId` see it? Also of removed ones, which keep their places. */
    seesEach: async (userId: string, messages: readonly Placed[]): Promise<readonly boolean[]> => {
      const ids = new Set(messages.map(({ conversationId }) => conversationId));
      const readable = await permittedAmong('read', userId, [...ids]);
      return messages.map(({ conversationId, seq }) => seq > (readable.get(conversationId)?.seesAfter ?? Infinity));
    },
    /** The `seq` after which a reader sees each conversation, by its membership. */
    seesAfterIn: async (
      _userId: string,
      conversations: readonly (ConversationDoc | undefined)[],
      memberships: readonly (MembershipDoc | undefined)[],
    ): Promise<readonly number[]> => conversations.map((one, i) => (one ? seesAfter(one, memberships[i]?.upTo) : 0)),
    /** The conversation, if `userId` receives its messages as they come: those of a public group only as a member. */
    receivable: (conversationId: string, userId: string) => permitted('receive', conversationId, userId),
    versionRights,
    writable: (conversationId: string, userId: string) => permitted('write', conversationId, userId),
    standingsIn,
    /** The conversation, if `userId` may do `action` in it. @throws Refused */
    checked: async (action: Action, conversationId: string, userId: string): Promise<Permitted> => {
      const [inside] = await standingsIn(userId, [conversationId]);
      if (!inside) throw new Refused('conversation-unknown');
      check(inside.reader, action, inside.doc);
      return inside.doc;
    },
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
    /** How far `userId` has read each conversation, and what is left of what it sees: `after` is of `seesAfterIn`. */
    readingsOf: async (
      userId: string,
      conversations: readonly (ConversationDoc | undefined)[],
      memberships: readonly (MembershipDoc | undefined)[],
      after: readonly number[],
    ): Promise<readonly Reading[]> => {
      const ids = conversations.map((one) => membershipId(one?.id ?? '', userId));
      const reads = await many('reads', ids);
      const readUpTo = reads.map((read) => read?.upTo ?? 0);
      const places = readUpTo.map((upTo, i) => Math.max(upTo, after[i] ?? 0));
      const unread = await Promise.all(
        conversations.map((one, i) => (one && memberships[i] ? unreadAfter(places[i]!, one, userId) : 0)),
      );
      const called = await mentions(
        userId,
        memberships.flatMap((membership, i) =>
          membership && unread[i]! > 0 ? [{ membership, isPublic: conversations[i]!.public, after: places[i]! }] : [],
        ),
      );
      return conversations.map((one, i) => ({
        readUpTo: readUpTo[i]!,
        unread: unread[i]!,
        mentions: called.get(one?.id ?? '') ?? 0,
      }));
    },
  };
};

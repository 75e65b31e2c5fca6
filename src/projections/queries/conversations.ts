// Queries about conversations and their members.

import { type Action, type Explanation, explain, may } from '../../domain/access.ts';
import { type ConversationKind, type MessageFacts, readerOf } from '../../domain/accessFacts.ts';
import { isAway } from '../../domain/attitude.ts';
import { canonical } from '../../domain/names.ts';
import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId } from '../memberships.ts';
import { type MessageDoc, NOBODY, voiceOf } from '../messages.ts';
import { accountOf } from '../users.ts';
import { deskQueries } from './desks.ts';
import type { Documents, Page, Slice } from './documents.ts';

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
}

/** So many of the newest messages are counted at most: more would take too long. */
const COUNTED = 10_000;

export const conversationQueries = (documents: Documents) => {
  const { many, one, first, find, byIds, count } = documents;
  const desks = deskQueries(documents);
  const conversation = (conversationId: string) => one('conversations', conversationId);
  const membership = (conversationId: string, userId: string) =>
    one('memberships', membershipId(conversationId, userId));
  const membershipsWith = (ids: readonly string[]) => many('memberships', ids);

  /** The conversation, and what `userId` is in it. */
  const standingOf = async (conversationId: string, userId: string) => {
    const [found, user, member] = await Promise.all([
      conversation(conversationId),
      one('users', userId),
      membership(conversationId, userId),
    ]);
    if (!found || !user) return undefined;
    const [attitude] = found.kind === 'desk' ? await desks.attitudesOf(userId, [conversationId]) : [];
    const standing = member?.role ?? (isAway(attitude) ? 'away' : 'none');
    return { found, reader: readerOf(accountOf(user), standing) };
  };

  /** The conversation, if `userId` may do `action` in it. Missing and forbidden are the same. */
  const permitted = async (action: Action, conversationId: string, userId: string) => {
    const known = await standingOf(conversationId, userId);
    return known && may(known.reader, action, known.found) ? known.found : undefined;
  };

  /**
   * Whether somebody may see the earlier texts of messages of a conversation, with their roles or without, and why. Undefined: there
   * is no such conversation or account.
   */
  const versionRights = async (conversationId: string, userId: string) => {
    const known = await standingOf(conversationId, userId);
    if (known === undefined) return undefined;
    const { found, reader } = known;
    const inside = {
      kind: 'message',
      isReadable: may(reader, 'read', found),
      isModerated: may(reader, 'moderate', found),
      versions: found.policy.versions,
    } as const;
    return ({ senderId, removed }: Pick<MessageDoc, 'senderId' | 'removed'>, withRoles = true): Explanation => {
      const facts: MessageFacts = { ...inside, createdBy: senderId, removedBy: removed?.by ?? null };
      return explain({ ...reader, standing: 'none', roles: withRoles ? reader.roles : [] }, 'seeVersions', facts);
    };
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
    versionRights,
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
    /** How far `userId` has read each conversation, and what is left. */
    readingsOf: async (
      userId: string,
      conversations: readonly (ConversationDoc | undefined)[],
      memberships: readonly (MembershipDoc | undefined)[],
    ): Promise<readonly Reading[]> => {
      const ids = conversations.map((one) => membershipId(one?.id ?? '', userId));
      const reads = await many('reads', ids);
      return Promise.all(
        conversations.map(async (one, i) => {
          const readUpTo = reads[i]?.upTo ?? 0;
          const unread = one && memberships[i] ? await unreadAfter(readUpTo, one, userId) : 0;
          return { readUpTo, unread };
        }),
      );
    },
  };
};

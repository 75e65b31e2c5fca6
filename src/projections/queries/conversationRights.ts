// What somebody may do in conversations, and which of their messages somebody sees.

import { type Action, check, type Explanation, explain, may, seesAfter } from '../../domain/access.ts';
import { type MessageFacts, readerOf } from '../../domain/accessFacts.ts';
import { isAway } from '../../domain/attitude.ts';
import { Refused } from '../../domain/refused.ts';
import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId } from '../memberships.ts';
import type { MessageDoc } from '../messages.ts';
import { accountOf } from '../users.ts';
import type { deskQueries } from './desks.ts';
import type { Documents } from './documents.ts';

/** A conversation that an account may use. */
export interface Permitted extends ConversationDoc {
  /** The account sees the messages after this `seq`; 0: all of them. */
  readonly seesAfter: number;
}

/** Where a message is. */
type Placed = Pick<MessageDoc, 'conversationId' | 'seq'>;

export const conversationRights = (
  { many, one }: Documents,
  desks: Pick<ReturnType<typeof deskQueries>, 'attitudesOf'>,
) => {
  /** Those of the conversations that exist, each with what `userId` is in it. */
  const standingsIn = async (userId: string, ids: readonly string[]) => {
    const [found, user, members] = await Promise.all([
      many('conversations', ids),
      one('users', userId),
      many(
        'memberships',
        ids.map((id) => membershipId(id, userId)),
      ),
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

  return {
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
  };
};

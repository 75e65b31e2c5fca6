// How far somebody has read conversations, and what is unread there.

import type { ConversationDoc } from '../conversations.ts';
import { type MembershipDoc, membershipId } from '../memberships.ts';
import { NOBODY, voiceOf } from '../messages.ts';
import type { Documents } from './documents.ts';
import { mentionCounts } from './mentionCounts.ts';

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

export const readingQueries = (documents: Documents) => {
  const { many, count } = documents;
  const mentions = mentionCounts(documents);

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

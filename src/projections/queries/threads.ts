// Queries about threads.

import { type MessageDoc, withoutRemovedContent } from '../messages.ts';
import type { LastReply } from '../threadFields.ts';
import { inThread } from '../threads.ts';
import type { Documents, Page, Slice } from './documents.ts';

/** A thread, as the message that began it shows it. */
export interface ThreadSummary {
  /** Messages that were not removed. */
  readonly count: number;
  readonly lastReply: LastReply;
  /** Of those who wrote in it last, the last one first. */
  readonly participantIds: readonly string[];
  /** `PARTICIPANTS`: so many or more. */
  readonly participantCount: number;
}

/** A thread as an account sees it. */
export interface ThreadStanding {
  readonly follows: boolean;
  readonly readUpTo: number;
  /** Messages of others behind that were not removed. */
  readonly unread: number;
}

/** Participants that a summary names at most. */
const NAMED = 5;
/** What is unread of a longer thread is counted among so many last messages of its conversation: more would take too long. */
const COUNTED = 10_000;

/** By id, the threads that these messages began. */
export const threadsBegunBy = (messages: readonly MessageDoc[]): ReadonlyMap<string, ThreadSummary> => {
  const threads = new Map<string, ThreadSummary>();
  for (const root of messages) {
    const { id, replies, lastReply, removedReplies = 0, participants = [] } = root;
    if (replies === undefined || lastReply === undefined) continue;
    const participantIds = participants.slice(0, NAMED);
    const count = replies - removedReplies;
    threads.set(id, { count, lastReply, participantIds, participantCount: participants.length });
  }
  return threads;
};

/** The `seq` behind which the messages of a thread are counted. */
const countedAfter = ({ replies = 0, lastReply }: MessageDoc, upTo = 0): number =>
  replies > COUNTED && lastReply ? Math.max(upTo, lastReply.seq - COUNTED) : upTo;

export const threadQueries = ({ many, find, byIds, count }: Documents) => {
  const unreadAfter = async (root: MessageDoc, userId: string, upTo: number): Promise<number> => {
    const after = countedAfter(root, upTo);
    if (!root.lastReply || after >= root.lastReply.seq) return 0;
    // The views may have taken more messages meanwhile.
    const of = { sort: 'seq', after, before: root.lastReply.seq + 1 };
    const [all, own] = await Promise.all([
      count('threadMessages', { ...of, where: { threadId: root.id, isRemoved: false } }),
      count('threadMessages', { ...of, where: { threadId: root.id, senderId: userId, isRemoved: false } }),
    ]);
    return Math.max(0, all - own);
  };

  return {
    /** Messages of a thread, without the one that began it, by `seq`. */
    messagesInThread: async (threadId: string, page: Page): Promise<Slice<MessageDoc>> => {
      const { items, more } = await find('threadMessages', { threadId }, 'seq', page);
      const docs = await many(
        'messages',
        items.map(({ id }) => id),
      );
      return { items: docs.filter((doc) => doc !== undefined).map(withoutRemovedContent), more };
    },
    /** Threads of a conversation by `seq` of their last messages. */
    threadsIn: (conversationId: string, page: Page) => find('threads', { conversationId }, 'seq', page),
    threadsById: (ids: Iterable<string>) => byIds('threads', ids),
    /** In the order in which `userId` began to follow them; those that it has left, too. */
    followingsOf: (userId: string, page: Page) => find('followings', { userId }, 'since', page),
    /** How far `userId` has read each thread, in the same order. `roots`: the messages that began them. */
    threadStandings: async (userId: string, roots: readonly MessageDoc[]): Promise<readonly ThreadStanding[]> => {
      const ids = roots.map(({ id }) => inThread(id, userId));
      const [followed, reads] = await Promise.all([many('followings', ids), many('threadReads', ids)]);
      return Promise.all(
        roots.map(async (root, i) => {
          const readUpTo = reads[i]?.upTo ?? 0;
          return {
            follows: followed[i]?.follows ?? false,
            readUpTo,
            unread: await unreadAfter(root, userId, readUpTo),
          };
        }),
      );
    },
  };
};

// Threads as they were at a position: the messages of each up to the last one by then, and what its readers had done by then.

import { streams } from '../../domain/streams.ts';
import type { Doc, Find, Found, Stretch } from '../../store/ports.ts';
import { NOBODY, voiceOf } from '../messages.ts';
import { documentAfter } from '../projection.ts';
import { followings, type ThreadDoc, type ThreadMessageDoc, threadReads } from '../threads.ts';
import { among } from './lists.ts';
import type { PastMessages } from './messages.ts';
import type { Past } from './past.ts';
import { eventsUpTo } from './streams.ts';

/** What an account had done in a thread. */
interface Told {
  readonly following: Doc | undefined;
  readonly read: Doc | undefined;
}

const remembering = <T>(find: (id: string) => Promise<T>): ((id: string) => Promise<T>) => {
  const known = new Map<string, Promise<T>>();
  return (id) => {
    const found = known.get(id) ?? find(id);
    known.set(id, found);
    return found;
  };
};

export const pastThreads = ({ views, events, position, inTurn }: Past, messages: PastMessages) => {
  const conversationOf = remembering(async (threadId): Promise<string> => {
    const [root] = await views.get('messages', [threadId]);
    return String(root?.conversationId ?? '');
  });
  /** The `seq` behind the last message of its conversation by then. */
  const endOf = async (conversationId: string): Promise<number> =>
    ((await messages.lastIn(conversationId))?.seq ?? 0) + 1;

  const thread = remembering(async (id): Promise<Doc | undefined> => {
    const now = (await views.get('threads', [id]))[0] as ThreadDoc | undefined;
    if (now === undefined || now.position <= position) return now && { ...now };
    const last = await messages.lastInThread(id, now.conversationId);
    return last && { id, conversationId: now.conversationId, seq: last.seq, position: last.position };
  });

  /** By the id of a following. */
  const told = remembering(async (id): Promise<Told> => {
    const [threadId, userId] = id.split(':') as [string, string];
    const stream = streams.thread(`${await conversationOf(threadId)}-${threadId}-${userId}`);
    let [following, read]: (Doc | undefined)[] = [];
    for await (const event of eventsUpTo(events, stream, position)) {
      following = documentAfter(followings, following, event);
      read = documentAfter(threadReads, read, event);
    }
    return { following, read };
  });

  const countMessages = async (wanted: Stretch): Promise<number> => {
    const { threadId, isRemoved } = wanted.where;
    const conversationId = await conversationOf(String(threadId));
    const end = await endOf(conversationId);
    const stretch = { ...wanted, before: Math.min(Number(wanted.before ?? Infinity), end) };
    const nobodys = voiceOf(conversationId, NOBODY);
    return messages.steadily(nobodys, async () => {
      const counted = await views.count('threadMessages', stretch);
      const since = await messages.countedSince(
        nobodys,
        stretch,
        ({ removed }) => Boolean(removed) === isRemoved,
        (message) =>
          message.threadId === threadId &&
          (!('senderId' in wanted.where) || message.senderId === wanted.where.senderId),
      );
      return counted + since;
    });
  };

  const finders: Readonly<Record<string, (wanted: Find) => Promise<Found>>> = {
    threadMessages: async (wanted) => {
      const end = await endOf(await conversationOf(String(wanted.where.threadId)));
      return views.find('threadMessages', { ...wanted, before: Math.min(Number(wanted.before ?? Infinity), end) });
    },
    /** By activity: a message stands for its thread if it was the last one there. */
    threads: async (wanted) => {
      const end = await endOf(String(wanted.where.conversationId));
      const next = (from: Find) =>
        views.find('threadMessages', { ...from, before: Math.min(Number(from.before ?? Infinity), end) });
      return among(inTurn, wanted, next, (candidates) =>
        Promise.all(
          (candidates as unknown as readonly ThreadMessageDoc[]).map(async ({ threadId, seq }) => {
            const then = await thread(threadId);
            return then?.seq === seq ? then : undefined;
          }),
        ),
      );
    },
    /** In the order of now, which shows nowhere. */
    followings: (wanted) =>
      among(
        inTurn,
        wanted,
        (from) => views.find('followings', from),
        (candidates) =>
          Promise.all(
            candidates.map(async ({ id, since }) => {
              const { following } = await told(id);
              return following && { ...following, since: since! };
            }),
          ),
      ),
  };

  return {
    get: {
      threads: thread,
      followings: async (id: string) => (await told(id)).following,
      threadReads: async (id: string) => (await told(id)).read,
    },
    find: finders,
    count: { threadMessages: countMessages },
  };
};

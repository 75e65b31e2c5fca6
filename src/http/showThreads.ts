// Presents threads to their readers: those of a conversation, and those that the reader follows.

import { presentThread } from '../api/presenters.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { Page, Permitted, Queries, ThreadStanding } from '../projections/queries.ts';
import type { ThreadDoc } from '../projections/threads.ts';
import { page } from './cursors.ts';
import { keysIn } from './listing.ts';
import type { Reading } from './reading.ts';
import { withIncluded } from './showMessages.ts';

interface Seen {
  readonly thread: ThreadDoc;
  readonly root: MessageDoc;
  readonly standing: ThreadStanding;
}

/** Those of the threads that `userId` may know of, as the user sees them, in the same order. */
const seenBy = async (queries: Queries, userId: string, threads: readonly ThreadDoc[]): Promise<readonly Seen[]> => {
  const docs = await queries.messagesById(threads.map(({ id }) => id));
  const roots = [...docs.values()];
  const isSeen = await queries.seesEach(userId, roots);
  const seen = new Set(roots.filter((_, i) => isSeen[i]));
  const found = threads.flatMap((thread) => {
    const root = docs.get(thread.id);
    return root && seen.has(root) ? [{ thread, root }] : [];
  });
  const standings = await queries.threadStandings(
    userId,
    found.map(({ root }) => root),
  );
  return found.map((one, i) => ({ ...one, standing: standings[i]! }));
};

/** In the same order. */
const presentAll = async (queries: Queries, userId: string, seen: readonly Seen[]) => {
  const { shown, included } = await withIncluded(
    queries,
    seen.map(({ root }) => root),
    userId,
  );
  return { presented: seen.map(({ standing }, i) => presentThread(shown[i]!, standing)), included };
};

/** The one with the latest message first. Of those that the reader sees no message of, no page tells. */
export const threadsOf = async (
  queries: Queries,
  userId: string,
  { id: conversationId, seesAfter: after }: Permitted,
  wanted: Page,
) => {
  const threads = await queries.threadsIn(conversationId, { ...wanted, after });
  const seen = await seenBy(queries, userId, threads.items);
  const { presented, included } = await presentAll(queries, userId, seen);
  const byId = new Map(seen.map(({ thread }, i) => [thread.id, presented[i]]));
  // The cursor goes on behind threads that the reader does not see.
  return {
    ...page(
      threads,
      ({ seq }) => seq,
      ({ id }) => byId.get(id),
    ),
    included,
  };
};

interface Asked {
  readonly queries: Queries;
  readonly reading: Reading;
  readonly userId: string;
}

/** The threads that the reader follows, the one with the latest message first; of very many, those that it followed last. */
const followedBy = async ({ queries, reading, userId }: Asked): Promise<readonly ThreadDoc[]> => {
  const find = async (page: Page) => {
    const { items, more } = await queries.followingsOf(userId, page);
    const threads = await queries.threadsById(items.flatMap(({ follows, threadId }) => (follows ? [threadId] : [])));
    return { items: items.map(({ since, threadId }) => ({ since, thread: threads.get(threadId) })), more };
  };
  const { keys } = await keysIn(reading, { find, placeOf: ({ since }) => since }, ({ thread }) => thread);
  return keys.toSorted((one, other) => other.position - one.position);
};

/** In conversations that the reader may read. `isUnread`: those alone that have something unread. */
export const followedThreads = async (
  asked: Asked,
  { before = Infinity, limit }: Pick<Page, 'before' | 'limit'>,
  isUnread: boolean,
) => {
  const { queries, reading, userId } = asked;
  const isWanted = ({ standing }: Seen): boolean => !isUnread || standing.unread > 0;
  const left = (await followedBy(asked)).filter(({ position }) => position < before);
  const found: Seen[] = [];
  let looked = 0;
  for (; looked < left.length && found.length < limit; looked += limit)
    found.push(
      ...(await reading.page(() => seenBy(queries, userId, left.slice(looked, looked + limit)))).filter(isWanted),
    );
  const more = found.length > limit || (found.length > 0 && looked < left.length);
  const items = found.slice(0, limit);
  const { presented, included } = await presentAll(queries, userId, items);
  return {
    ...page(
      { items, more },
      ({ thread }) => thread.position,
      (_, i) => presented[i],
    ),
    included,
  };
};

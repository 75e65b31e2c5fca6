import { expect, test } from 'vitest';
import type { MessageDoc } from '../../src/projections/messages.ts';
import type { Documents } from '../../src/projections/queries/documents.ts';
import { threadQueries, threadsBegunBy } from '../../src/projections/queries/threads.ts';
import type { Stretch } from '../../src/store/ports.ts';

const lastReply = { seq: 90_000, position: 1, at: '2026-01-05T12:00:00.000Z', senderId: null };

test.each([
  [10_000, 0],
  [10_001, 80_000],
])('a thread of %i messages is counted after %i', async (replies, after) => {
  const counted: Stretch[] = [];
  const documents = {
    many: async (_: string, ids: readonly string[]) => ids.map(() => undefined),
    find: async () => ({ items: [], more: false }),
    count: async (_: string, stretch: Stretch) => counted.push(stretch) * 0,
  } as unknown as Documents;
  const root = { id: 'root', replies, lastReply } as MessageDoc;
  const queries = threadQueries(documents);
  await queries.threadStandings('ann', [root]);
  expect(counted.map((stretch) => stretch.after)).toEqual(Array(2).fill(after));
});

test('a thread names the five who wrote last, and counts all; a message that began none has none', () => {
  const participants: readonly string[] = ['eve', 'ben', 'fay', 'cleo', 'dan', 'ann'];
  const root = { id: 'root', replies: 9, removedReplies: 2, lastReply, participants } as MessageDoc;
  expect([...threadsBegunBy([{ id: 'plain' } as MessageDoc, root])]).toEqual([
    ['root', { count: 7, lastReply, participantIds: participants.slice(0, 5), participantCount: 6 }],
  ]);
});

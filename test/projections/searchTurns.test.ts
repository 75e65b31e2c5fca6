// What a search costs others: it looks at long texts in turns, and keeps little of what it found.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { parseSearch } from '../../src/domain/searchQuery.ts';
import { createSearch } from '../../src/projections/queries/search.ts';
import { createQueries, type Queries } from '../../src/projections/queries.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { countInTurns } from '../support/countInTurns.ts';
import { instead } from '../support/instead.ts';

const MESSAGES = 30;

let program: TestCore;
let ann = '';
beforeAll(async () => {
  program = await openCore();
  ann = await program.person('ann');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'team' });
  const text = '你'.repeat(LIMITS.text);
  for (let i = 0; i < MESSAGES; i++) await sendMessage(program.core, meta(ann), { conversationId, text, fileId: null });
  await program.settled();
});
afterAll(() => program.dispose());

const searchBy = (queries: Queries, typed: string) => {
  const { views, events } = program.stores;
  const search = createSearch({ views, marks: events.marks, queries });
  return search(parseSearch(typed), ann, { place: undefined, limit: MESSAGES, order: 'time' });
};

test('others have their turns while it looks at long texts', async () => {
  const turns = countInTurns();
  const openedMessages: Queries['openedMessages'] = async (sealed) =>
    (await program.queries.openedMessages(sealed)).map((message) => {
      const { erased } = message;
      const get = (): boolean => {
        turns.piece();
        return erased;
      };
      return Object.defineProperty({ ...message }, 'erased', { get });
    });
  const { hits } = await searchBy(instead(program.queries, { openedMessages }), '你');
  expect(hits).toHaveLength(MESSAGES);
  expect(turns.end()).toBe(Math.ceil(50_000 / LIMITS.text));
});

test('it goes no further once whoever asked has left', async () => {
  const { views, events } = program.stores;
  let looks = 0;
  const inTurn = async <T>(step: () => Promise<T>): Promise<T> => {
    if (++looks > 1) throw new Error('gone');
    return step();
  };
  const search = createSearch({ views, marks: events.marks, queries: program.queries });
  const wanted = { place: undefined, limit: 2, order: 'time' } as const;
  await expect(search(parseSearch('你 -你'), ann, wanted, inTurn)).rejects.toThrow('gone');
  expect(looks).toBe(2);
});

test('of what stands in a text thousands of times it keeps how often, and where at first', async () => {
  const { hits } = await searchBy(program.queries, '你 你你');
  expect(hits.map(({ count, ranges }) => [count, ranges.at(-1)!.from])).toEqual(
    Array(MESSAGES).fill([2 * LIMITS.text - 1, 999]),
  );
});

test('an account of which many parts of a name begin so is looked at once, for its words and for where it stands', async () => {
  const userId = await program.person('a'.repeat(60));
  await program.settled();
  const { views, events } = program.stores;
  let looks = 0;
  const get: typeof views.get = async (collection, ids) => {
    const docs = await views.get(collection, ids);
    if (collection !== 'users') return docs;
    return docs.map((doc) => {
      const name = doc?.username;
      const counted = (): unknown => {
        looks++;
        return name;
      };
      return doc && Object.defineProperty({ ...doc }, 'username', { get: counted });
    });
  };
  const { items } = await createQueries(instead(views, { get }), events.open).usersWith('aa', 200);
  expect(items.length).toBeGreaterThan(100);
  expect(items.flatMap(({ user }) => user?.id ?? [])).toEqual([userId]);
  expect(looks).toBe(2);
});

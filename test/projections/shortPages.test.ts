// A page of the views is bounded in bytes. Where queries promise so many, they read on.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { addReaction } from '../../src/commands/addReaction.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { parseSearch } from '../../src/domain/searchQuery.ts';
import { fullPage, type Page } from '../../src/projections/queries/documents.ts';
import { createSearch } from '../../src/projections/queries/search.ts';
import { createQueries, type Queries } from '../../src/projections/queries.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { onePerPage } from '../support/onePerPage.ts';

let program: TestCore;
let [ann, ben] = ['', ''];
/** Of views in which one document fills a page. */
let queries: Queries;
let views: TestCore['stores']['views'];
beforeAll(async () => {
  program = await openCore();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  const { stores } = program;
  views = onePerPage(stores.views);
  queries = createQueries(views, stores.events.open);
});
afterAll(() => program.dispose());

const say = (conversationId: string, text: string) =>
  sendMessage(program.core, meta(ann), { conversationId, text, fileId: null });

test('calls of everybody are looked for in all of the latest conversations', async () => {
  const texts = ['@everyone one', '@everyone two', '@everyone three'];
  for (const text of texts) {
    const { conversationId } = await createGroup(program.core, meta(ann), { name: 'team', memberIds: [ben] });
    await say(conversationId, text);
  }
  await program.settled();
  const found: (string | undefined)[] = [];
  for (let before: number | undefined; ; ) {
    const { items } = await queries.mentionsOf(ben, { limit: 10, ...(before !== undefined && { before }) });
    if (items.length === 0) break;
    found.push(...items.map(({ message }) => message?.text));
    before = items.at(-1)!.place;
  }
  expect(found).toEqual(texts.toReversed());
});

test('reactions are looked for in all of the newest rooms', async () => {
  const ids: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    const { conversationId } = await openRoom(program.core, meta(ann), { name });
    const { messageId } = await say(conversationId, name);
    await addReaction(program.core, meta(ann), { conversationId, messageId, emoji: '👍' });
    ids.push(messageId);
  }
  await program.settled();
  const search = createSearch({ views, marks: program.stores.events.marks, queries });
  const { hits } = await search(parseSearch('has:reaction'), ben, { place: undefined, limit: 10, order: 'time' });
  expect(hits.map(({ message }) => message.id)).toEqual(ids.toReversed());
});

test('a full page ends with the list, or with as many as wanted', async () => {
  /** The numbers from 1 to 5, two in a page at most. */
  const numbers = async ({ after = 0, before = 6, descending = false, limit }: Page) => {
    const found = [1, 2, 3, 4, 5].filter((each) => after < each && each < before);
    const items = (descending ? found.toReversed() : found).slice(0, Math.min(limit, 2));
    return { items, more: items.length < found.length };
  };
  const full = (page: Page) => fullPage(page, numbers, (each) => each);
  expect(await full({ limit: 9 })).toEqual({ items: [1, 2, 3, 4, 5], more: false });
  expect(await full({ limit: 3, after: 1 })).toEqual({ items: [2, 3, 4], more: true });
  expect(await full({ limit: 4, descending: true, before: 5 })).toEqual({ items: [4, 3, 2, 1], more: false });
});

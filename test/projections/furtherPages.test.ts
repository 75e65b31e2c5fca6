// Some questions read on, page after page: others have their turns meanwhile, and each ends with whoever asked.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMember } from '../../src/commands/addMember.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { pinMessage } from '../../src/commands/pinMessage.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { messagesIn } from '../../src/dialects/shared/conversationLists.ts';
import type { Reading } from '../../src/http/reading.ts';
import { pinsFor } from '../../src/http/showAnnotations.ts';
import { createQueriesAt } from '../../src/projections/past/queries.ts';
import { type InTurn, keptOf } from '../../src/projections/queries/documents.ts';
import { createQueries, type Queries } from '../../src/projections/queries.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { countInTurns } from '../support/countInTurns.ts';
import { instead } from '../support/instead.ts';
import { onePerPage } from '../support/onePerPage.ts';

const TIMES = 5;

let program: TestCore;
let [ann, ben] = ['', ''];
/** Of views in which one document fills a page. */
let queries: Queries;
let views: TestCore['stores']['views'];
/** Each page of the views. */
let onPage: (collection: string) => void = () => undefined;
beforeAll(async () => {
  program = await openCore();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  const { stores } = program;
  views = onePerPage(stores.views, (collection) => onPage(collection));
  queries = createQueries(views, stores.events.open);
});
afterAll(() => program.dispose());

const group = async (memberIds: string[] = []): Promise<string> =>
  (await createGroup(program.core, meta(ann), { name: 'team', memberIds })).conversationId;
const say = async (conversationId: string, text: string, fileId: string | null = null): Promise<string> =>
  (await sendMessage(program.core, meta(ann), { conversationId, text, fileId })).messageId;

/** Leaves at the second step. */
const leaving = () => {
  let steps = 0;
  const page: InTurn = async (step) => {
    if (++steps > 1) throw new Error('gone');
    return step();
  };
  return page;
};
const readingBy = (page: InTurn) => ({ page }) as unknown as Reading;

test('others have their turns while a page is looked for in a list of which nothing is kept', async () => {
  const turns = countInTurns();
  const next = async ({ after = 0 }) => {
    turns.piece();
    return { items: [after + 1], more: after < 50 };
  };
  await keptOf(
    { limit: 1 },
    next,
    (item) => item,
    (items) => items.map(() => false),
  );
  expect(turns.end()).toBeLessThanOrEqual(2);
});

describe('whoever leaves ends', () => {
  test('a list of messages that were removed', async () => {
    const conversationId = await group();
    for (let i = 0; i < TIMES; i++)
      await removeMessage(program.core, meta(ann), { conversationId, messageId: await say(conversationId, 'no') });
    await program.settled();
    const { find } = messagesIn(queries, { id: conversationId, seesAfter: 0 });
    await expect(find({ limit: 10, descending: true }, readingBy(leaving()))).rejects.toThrow('gone');
  });

  test('a list of pins of messages from before they joined', async () => {
    const conversationId = await group();
    await setPolicy(program.core, meta(ann), { conversationId, history: 'since-joining' });
    for (let i = 0; i < TIMES; i++)
      await pinMessage(program.core, meta(ann), { conversationId, messageId: await say(conversationId, 'old') });
    await addMember(program.core, meta(ann), { conversationId, userId: ben });
    await program.settled();
    const conversation = (await queries.readable(conversationId, ben))!;
    const asked = { queries, reading: readingBy(leaving()), userId: ben };
    await expect(pinsFor(asked, conversation, { limit: 10, descending: true })).rejects.toThrow('gone');
  });

  test('the look for a conversation in which they may read a file', async () => {
    const source = (async function* () {
      yield Buffer.from('x');
    })();
    const { fileId } = await storeFile(program.core, meta(ann), { name: 'a.txt' }, source, 1000);
    for (let i = 0; i < TIMES; i++) await say(await group(), 'mine', fileId);
    await program.settled();
    await expect(queries.readableFile(fileId, ben, leaving())).rejects.toThrow('gone');
    expect(await queries.readableFile(fileId, ben)).toBeUndefined();
  });
});

describe('of the past', () => {
  const pastAt = (position: number, inTurn: InTurn) =>
    createQueriesAt(views, program.stores.events, program.queries)(position, { userId: ben, seesAll: true }, inTurn);

  test('whoever leaves ends the look for conversations that they have left', async () => {
    for (let i = 0; i < TIMES; i++) await group([ben]);
    await program.settled();
    const nothing: Queries = instead(program.queries, { readable: async () => undefined });
    const at = createQueriesAt(views, program.stores.events, nothing);
    const past = at(program.progress.position, { userId: ben, seesAll: false }, leaving());
    await expect(past.conversationsOf(ben, { limit: 1 })).rejects.toThrow('gone');
  });

  test('mentions that came later are not looked at', async () => {
    const conversationId = await group([ben]);
    const messageId = await say(conversationId, '@ben at first');
    await program.settled();
    const { position } = program.progress;
    for (let i = 0; i < TIMES; i++) await say(conversationId, '@ben later');
    await program.settled();
    let pages = 0;
    onPage = (collection) => {
      if (collection === 'mentions') pages++;
    };
    const { items } = await pastAt(position, (step) => step()).mentionsOf(ben, { limit: 1 });
    onPage = () => undefined;
    expect(items.map(({ message }) => message?.id)).toEqual([messageId]);
    expect(pages).toBe(1);
  });

  test('whoever leaves ends the count of what was removed since', async () => {
    const conversationId = await group([ben]);
    const ids: string[] = [];
    for (let i = 0; i < TIMES; i++) ids.push(await say(conversationId, 'soon gone'));
    await program.settled();
    const { position } = program.progress;
    for (const messageId of ids) await removeMessage(program.core, meta(ann), { conversationId, messageId });
    await program.settled();
    const unread = async (inTurn: InTurn) => {
      const past = pastAt(position, inTurn);
      const [conversation, membership] = [
        await past.conversation(conversationId),
        await past.membership(conversationId, ben),
      ];
      return past.readingsOf(ben, [conversation], [membership], [0]);
    };
    expect((await unread((step) => step()))[0]!.unread).toBe(TIMES);
    await expect(unread(leaving())).rejects.toThrow('gone');
  });
});

// A message that several processes change at once: the store lets one come first, and the other decides on what it left.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Core } from '../../src/commands/core.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { editMessage } from '../../src/commands/editMessage.ts';
import { createErasing } from '../../src/commands/erasing.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { eraseMessage, erasePerson } from '../../src/commands/requestErasure.ts';
import { restoreMessage } from '../../src/commands/restoreMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { decode } from '../../src/domain/codec.ts';
import { Refused } from '../../src/domain/refused.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { elsewhereOn, meta, openCore, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';

/** Rounds of each race. */
const ROUNDS = 20;

let program: TestCore;
let processes: readonly [Core, Core];
let ann: string;
let ben: string;
let conversationId: string;
beforeAll(async () => {
  program = await openCore();
  const { core, stores, queries, progress } = program;
  const elsewhere = elsewhereOn(stores.events, core);
  const erasing = createErasing({
    ...{ ledger: elsewhere.ledger, events: stores.events, views: stores.views, queries, progress },
    ...{ signer: core.signer, now: core.now, grace: 1000 },
  });
  processes = [core, { ...core, ...elsewhere, erasing }];
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  ({ conversationId } = await createGroup(core, meta(ann), { name: 'team', memberIds: [ben] }));
});
afterAll(() => program.dispose());

const codeOf = async (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refused) return error.code;
      throw error;
    },
  );
const said = async (text = 'one') => {
  const { messageId } = await sendMessage(program.core, meta(ben), { conversationId, text });
  await program.settled();
  return { conversationId, messageId };
};
const historyOf = async (messageId: string) =>
  (await program.stores.events.readStream(`message-${conversationId}-${messageId}`)).map(decode);
const typesOf = async (messageId: string) => (await historyOf(messageId)).map(({ type }) => type);
type Wish = Awaited<ReturnType<typeof said>>;
const races = async (
  prepare: (wish: Wish) => Promise<unknown>,
  ...both: ((core: Core, wish: Wish) => Promise<unknown>)[]
) => {
  const rounds: { readonly codes: readonly string[]; readonly types: readonly string[]; readonly wish: Wish }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const wish = await said();
    await prepare(wish);
    // Each process knows the message, so that both decide on what they have.
    for (const { ledger } of processes) await ledger.load(saidMessages, `${conversationId}-${wish.messageId}`);
    const asked = both.map((one, i) => one(processes[(i + round) % 2]!, wish));
    const codes = await Promise.all(asked.map(codeOf));
    rounds.push({ codes, types: await typesOf(wish.messageId), wish });
  }
  return rounds;
};
const nothing = async () => undefined;

test('of two edits both are recorded, and the later one is the text', async () => {
  const rounds = await races(
    nothing,
    (core, wish) => editMessage(core, meta(ben), { ...wish, text: 'left' }),
    (core, wish) => editMessage(core, meta(ben), { ...wish, text: 'right' }),
  );
  await program.settled();
  for (const { codes, types, wish } of rounds) {
    expect([codes, types]).toEqual([
      ['done', 'done'],
      ['MessageEdited', 'MessageEdited'],
    ]);
    const last = (await historyOf(wish.messageId))[1]!;
    expect((await program.queries.message(wish.messageId))!.text).toBe('text' in last.data && last.data.text);
  }
});

test('who edits what was just removed is refused, and who removes what was just edited removes it', async () => {
  const rounds = await races(
    nothing,
    (core, wish) => editMessage(core, meta(ben), { ...wish, text: 'two' }),
    (core, wish) => removeMessage(core, meta(ann), wish),
  );
  for (const { codes, types } of rounds)
    expect([
      [
        ['done', 'done'],
        ['MessageEdited', 'MessageRemoved'],
      ],
      [['message-removed', 'done'], ['MessageRemoved']],
    ]).toContainEqual([codes, types]);
});

const erase = async (core: Core, { messageId }: Wish) => core.erasing.carryOut(messageId, 'test');
const asked = (wish: Wish) => eraseMessage(program.core, meta(ben), wish);

test('an edit that races with an erasure leaves no text open', async () => {
  const rounds = await races(
    async (wish) => {
      await editMessage(program.core, meta(ben), { ...wish, text: 'two' });
      await asked(wish);
    },
    (core, wish) => editMessage(core, meta(ben), { ...wish, text: 'three' }),
    erase,
  );
  for (const { codes, types, wish } of rounds) {
    expect(codes[1]).toBe('done');
    expect(['done', 'message-removed']).toContain(codes[0]);
    expect(types.at(-1)).toBe('MessageErased');
    for (const { secret, isClosed } of await historyOf(wish.messageId))
      expect(isClosed === true).toBe(secret !== undefined);
  }
});

test('an erasure that finds one edit more than it has read names its key too', async () => {
  const wish = await said();
  await editMessage(program.core, meta(ben), { ...wish, text: 'two' });
  await asked(wish);
  const { core, stores, queries, progress } = program;
  const stream = `message-${conversationId}-${wish.messageId}`;
  let isFirst = true;
  const events = instead(stores.events, {
    readStream: async (...query) => {
      const page = await stores.events.readStream(...query);
      if (query[0] === stream && isFirst) {
        isFirst = false;
        await editMessage(core, meta(ben), { ...wish, text: 'canary in between' });
      }
      return page;
    },
  });
  const erasing = createErasing({
    ...{ ledger: core.ledger, events, views: stores.views, queries, progress },
    ...{ signer: core.signer, now: core.now, grace: 1000 },
  });
  await erasing.carryOut(wish.messageId, 'test');
  const history = await historyOf(wish.messageId);
  expect(history.map(({ type }) => type)).toEqual(['MessageEdited', 'MessageEdited', 'MessageErased']);
  expect(history.slice(0, 2).every(({ isClosed }) => isClosed)).toBe(true);
  const { data } = history[2]!;
  expect('editKeys' in data && data.editKeys).toHaveLength(2);
});

test('a removed message is restored or erased, and what was erased is not restored', async () => {
  const rounds = await races(
    async (wish) => {
      await removeMessage(program.core, meta(ben), wish);
      await asked(wish);
    },
    (core, wish) => restoreMessage(core, meta(ben), wish),
    erase,
  );
  for (const { codes, types } of rounds)
    expect([
      [
        ['done', 'done'],
        ['MessageRemoved', 'MessageRestored', 'MessageErased'],
      ],
      [
        ['message-removed', 'done'],
        ['MessageRemoved', 'MessageErased'],
      ],
    ]).toContainEqual([codes, types]);
});

test('who was erased leaves no edit that can be read', async () => {
  const cleo = await program.person('cleo');
  const { conversationId: group } = await createGroup(program.core, meta(ann), { name: 'other', memberIds: [cleo] });
  const wish = { conversationId: group, text: 'one' };
  const { messageId } = await sendMessage(program.core, meta(cleo), wish);
  await program.settled();
  await editMessage(program.core, meta(cleo), { conversationId: group, messageId, text: 'two' });
  await erasePerson(program.core, meta(), { userId: cleo });
  await program.core.erasing.carryOut(cleo, 'test');
  const [edited] = (await program.stores.events.readStream(`message-${group}-${messageId}`)).map(decode);
  expect(edited).toMatchObject({ isClosed: true, data: { text: '' } });
  expect(await program.queries.message(messageId)).toMatchObject({ text: '', erased: true });
});

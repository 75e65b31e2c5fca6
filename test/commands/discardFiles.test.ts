import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { describeConversation } from '../../src/commands/describeConversation.ts';
import { discardFiles } from '../../src/commands/discardFiles.ts';
import { openContent } from '../../src/commands/fileContent.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { encode } from '../../src/domain/codec.ts';
import { files } from '../../src/domain/file.ts';
import { THE_LOG, THE_SEALS } from '../../src/domain/streams.ts';
import { Missing, NO_STREAM } from '../../src/store/ports.ts';
import { createSweep, keepSweeping } from '../../src/sweeping.ts';
import { elsewhereOn, meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { recorded } from '../support/log.ts';

let program: TestCore;
let ann: string;
let chat: string;
beforeAll(async () => {
  program = await openCore();
  ann = await program.person('ann');
  chat = (await startDirectChat(program.core, meta(ann), { userId: ann })).conversationId;
});
afterAll(() => program.dispose());

const LATER = 25 * 3_600_000;
const store = (text: string) => storeFile(program.core, meta(ann), {}, Readable.from([Buffer.from(text)]), 100);
const send = (fileId: string, core = program.core) => sendMessage(core, meta(ann), { conversationId: chat, fileId });
/** Discards what was stored until now and nobody uses. */
const discard = async (core: Pick<TestCore['core'], 'ledger' | 'newId'> = program.core) => {
  await program.settled();
  return discardFiles(core, program.queries, new Date(Date.now() + 1));
};
const isKept = async (fileId: string) => (await program.core.ledger.load(files, fileId)) !== null;
/** The content of a file, also of one that was discarded. */
const contentOf = async (fileId: string) => {
  const stored = await recorded(program.stores.events, 'FileStored');
  const { data } = stored.find((event) => event.data.fileId === fileId)!;
  return Buffer.concat(await (await openContent(program.stores.blobs, data)).toArray()).toString();
};
const read = async (hash: string) => Buffer.concat(await (await program.stores.blobs.open(hash)).toArray()).toString();

/** As the program sweeps, `milliseconds` from now. */
const sweep = (milliseconds = LATER, { core, stores, queries, progress } = program) => {
  const now = () => new Date(Date.now() + milliseconds);
  const config = { KEEP_UNUSED: 24 } as Parameters<typeof createSweep>[0]['config'];
  return createSweep({ core: { ...core, now }, queries, progress, events: stores.events, config }, stores)();
};

test('a file that nobody sent is discarded after a day, and its content at the next sweep', async () => {
  const { fileId } = await store('never sent');
  await program.settled();
  expect(await sweep(LATER - 7_200_000)).toEqual({ files: 0, contents: 0 });
  expect(await sweep()).toEqual({ files: 1, contents: 0 });
  expect(await isKept(fileId)).toBe(false);
  expect(await contentOf(fileId)).toBe('never sent');
  await expect(send(fileId)).rejects.toThrow('file-unknown');
  expect(await sweep()).toEqual({ files: 0, contents: 1 });
  await expect(contentOf(fileId)).rejects.toThrow(Missing);
});

test('a file that was sent stays, whatever else has its content', async () => {
  const [sent, unsent] = [await store('twice'), await store('twice')];
  await send(sent.fileId);
  expect(await discard()).toBe(1);
  await sweep();
  expect(await isKept(unsent.fileId)).toBe(false);
  expect(await contentOf(sent.fileId)).toBe('twice');
});

test('a content without an event, as a crash leaves it, is swept after a day, and the sweep waits for the views', async () => {
  const { hash } = await program.core.blobs.put(Readable.from([Buffer.from('orphan')]), 100);
  expect(await sweep(0)).toEqual({ files: 0, contents: 0 });
  expect(await read(hash)).toBe('orphan');
  const behind = { ...program.progress, isReady: false };
  const { core, queries, stores } = program;
  const config = { KEEP_UNUSED: 1 } as Parameters<typeof createSweep>[0]['config'];
  expect(await createSweep({ core, queries, progress: behind, events: stores.events, config }, stores)()).toBe(
    undefined,
  );
  expect((await sweep())?.contents).toBe(1);
});

test.each([
  [THE_SEALS, { type: 'LogAccepted', data: { sealed: 9, why: 'the log ends after 5 events' } }],
  [THE_LOG, { type: 'LogRestored', data: { logId: crypto.randomUUID(), from: crypto.randomUUID(), upTo: 1 } }],
] as const)('contents that no file names stay for a day after an older log was taken: %s', async (stream, event) => {
  const own = await openCore();
  const { core, stores } = own;
  const { hash } = await core.blobs.put(Readable.from([Buffer.from('named by a newer log')]), 100);
  const taken = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const [end] = await stores.events.readStream(stream, { backwards: true, limit: 1 });
  const draft = encode(core.newId(), event, taken, plainMeta());
  await stores.events.append(stream, end?.revision ?? NO_STREAM, [draft]);
  await own.settled();
  expect(await sweep(LATER, own)).toEqual({ files: 0, contents: 0 });
  await (await core.blobs.open(hash)).toArray();
  expect(await sweep(LATER + 2 * 3_600_000, own)).toEqual({ files: 0, contents: 1 });
  await own.dispose();
});

test('the address of a file in a picture, an avatar or a link is a use', async () => {
  const at = (fileId: string) => `https://chat.example/v1/files/${fileId}`;
  const ids = [];
  for (const what of ['avatar', 'picture', 'room', 'link', 'new picture', 'first avatar', 'no use'])
    ids.push((await store(what)).fileId);
  const [avatar, picture, room, link, newPicture, firstAvatar, noUse] = ids as [string, ...string[]];
  await changeAccount(program.core, meta(ann), { avatar: `/v1/files/${avatar.toUpperCase()}` });
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Team', picture: at(picture!) });
  await describeConversation(program.core, meta(ann), { conversationId, picture: `${at(newPicture!)}?size=small` });
  await openRoom(program.core, meta(ann), { name: 'Lobby', picture: at(room!), link: at(link!) });
  await registerUser(program.core, meta(), { username: 'ben', avatar: at(firstAvatar!) });
  const [face, badge] = [await store('face'), await store('badge')];
  await changeAccount(program.core, meta(ann), { avatar: `/v1/files/${face.fileId}` });
  await describeConversation(program.core, meta(ann), { conversationId, picture: `/v1/files/${badge.fileId}` });
  const used = (await recorded(program.stores.events, 'FileUsed')).map(({ data }) => data.fileId);
  const inOrder = [avatar, picture, newPicture, room, link, firstAvatar, face.fileId, badge.fileId];
  expect(used.slice(-inOrder.length)).toEqual(inOrder);
  await changeAccount(program.core, meta(ann), { address: at(noUse!) });
  expect(await discard()).toBe(1);
  for (const fileId of ids) expect(await isKept(fileId), fileId).toBe(fileId !== noUse);
});

test('a message that is refused uses no file', async () => {
  const { fileId } = await store('refused');
  await expect(sendMessage(program.core, meta(ann), { conversationId: program.core.newId(), fileId })).rejects.toThrow(
    'conversation-unknown',
  );
  expect(await discard()).toBe(1);
});

test('a sweep that found a file unused leaves it alone if somebody sends it before it is discarded', async () => {
  const { fileId } = await store('just in time');
  await program.settled();
  const late = instead(program.queries, {
    filesUnused: async (...given: Parameters<TestCore['queries']['filesUnused']>) => {
      const found = await program.queries.filesUnused(...given);
      await send(fileId);
      return found;
    },
  });
  const elsewhere = { ...elsewhereOn(program.stores.events, program.core), newId: program.core.newId };
  expect(await discardFiles(elsewhere, late, new Date(Date.now() + 1))).toBe(0);
  expect(await isKept(fileId)).toBe(true);
});

test('a file that is discarded while somebody sends it is not sent', async () => {
  const { fileId } = await store('too late');
  const { ledger } = program.core;
  const load: typeof ledger.load = async (aggregate, id, asOf) => {
    const state = await ledger.load(aggregate, id, asOf);
    if (id === fileId)
      expect(await discard({ ...elsewhereOn(program.stores.events, program.core), newId: program.core.newId })).toBe(1);
    return state;
  };
  await expect(send(fileId, { ...program.core, ledger: { ...ledger, load } })).rejects.toThrow('file-unknown');
});

test('of a send and a sweep at once, in two processes, one wins', async () => {
  for (let round = 0; round < 10; round++) {
    const { fileId } = await store(`round ${round}`);
    await program.settled();
    const elsewhere = { ...elsewhereOn(program.stores.events, program.core), newId: program.core.newId };
    const [sent, swept] = await Promise.all([
      send(fileId).then(
        () => 1,
        () => 0,
      ),
      discardFiles(elsewhere, program.queries, new Date(Date.now() + 1)),
    ]);
    expect(sent + swept).toBe(1);
    expect(await isKept(fileId)).toBe(sent === 1);
  }
});

test('a sweep that removed something is a line of the security log, and one that found nothing is none', async () => {
  for (const [swept, lines] of [
    [{ files: 2, contents: 1 }, [{ level: 30, security: 'swept', files: 2, contents: 1 }]],
    [{ files: 0, contents: 0 }, []],
  ] as const) {
    const said: unknown[] = [];
    const log = pino({ level: 'info', base: null }, { write: (line) => void said.push(JSON.parse(line)) });
    const stop = new AbortController();
    const sweep = async () => {
      queueMicrotask(() => stop.abort());
      return swept;
    };
    await keepSweeping(sweep, program.stores, log, stop.signal, 0);
    expect(said).toMatchObject(lines);
    expect(said).toHaveLength(lines.length);
  }
});

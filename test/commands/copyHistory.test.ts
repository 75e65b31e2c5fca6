import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NotACopy } from '../../src/commands/beginCopy.ts';
import { copyHistory } from '../../src/commands/copyHistory.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { openContent } from '../../src/commands/fileContent.ts';
import { createLogIdentity } from '../../src/commands/logIdentity.ts';
import { stateIn } from '../../src/commands/readEvents.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { readConfig } from '../../src/config.ts';
import { decode, encode } from '../../src/domain/codec.ts';
import type { DataOf } from '../../src/domain/events.ts';
import { discardFile, files } from '../../src/domain/file.ts';
import { logs } from '../../src/domain/log.ts';
import { streams } from '../../src/domain/streams.ts';
import { hasPseudonyms } from '../../src/history/pseudonyms.ts';
import { Missing, Unavailable } from '../../src/store/ports.ts';
import { openStores, type Stores } from '../../src/stores.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { appendMessages } from '../support/manyMessages.ts';

let program: TestCore;
let home: Awaited<ReturnType<typeof temporaryDirectory>>;
const opened: Stores[] = [];
beforeAll(async () => {
  program = await openCore();
  home = await temporaryDirectory();
  const ann = await program.person('ann');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Copied' });
  const { fileId } = await storeFile(
    program.core,
    meta(ann),
    { name: 'a.txt', mediaType: 'text/plain' },
    Readable.from([Buffer.from('kept')]),
    100,
  );
  await sendMessage(program.core, meta(ann), { conversationId, fileId });
  await sendMessage(program.core, meta(ann), { conversationId, text: 'hello' });
  await appendMessages(program.stores.events, conversationId, 5000);
});
afterAll(async () => {
  for (const stores of opened) await stores.close();
  await program.dispose();
  await home.remove();
});

const emptyStores = async (name: string): Promise<Stores> => {
  const stores = await openStores(readConfig({ DATA_DIR: join(home.path, name) }));
  opened.push(stores);
  return stores;
};

const everything = async ({ events }: Pick<Stores, 'events'>) => {
  const all = [];
  for (let after = 0; ; ) {
    const page = await events.readLog(after, 1000);
    all.push(...page.map(decode));
    if (page.length === 0) return all;
    after = page.at(-1)!.position;
  }
};

const copyTo = (to: Stores, from: Stores = program.stores) =>
  copyHistory(
    { ...from, events: from.events.recorded },
    to,
    () => crypto.randomUUID(),
    () => undefined,
  );
const identityOf = async ({ events }: Stores) => {
  const log = (await events.readStream('log'))
    .map(decode)
    .reduce((state, event) => logs.evolve(state, event, event), logs.initial());
  return createLogIdentity(events, { ...log, logId: log.logId! });
};

test('a copy has every event as it was, in order, and every file', async () => {
  const to = await emptyStores('whole');
  const copied = await copyTo(to);
  const [source, target] = [await everything(program.stores), await everything(to)];
  const facts = ({ id, type, stream, revision, at, data }: (typeof source)[number]) => ({
    id,
    type,
    stream,
    revision,
    at,
    data,
  });
  expect(target.slice(0, -1).map(facts)).toEqual(source.map(facts));
  expect(target.at(-1)).toMatchObject({ type: 'LogCopied', data: { from: program.logIdentity.logId } });
  expect(copied).toEqual({ events: source.length, files: 1, lost: [], present: 0 });
  const file = source.find(({ type }) => type === 'FileStored')!;
  expect(await (await openContent(to.blobs, file.data as DataOf<'FileStored'>)).toArray()).toEqual([
    Buffer.from('kept'),
  ]);
  expect(await copyTo(to)).toEqual({ events: 0, files: 0, lost: [], present: source.length });
});

test('an interrupted copy goes on where it stopped', async () => {
  const to = await emptyStores('interrupted');
  const source = await program.stores.events.readLog(0, 700);
  let pages = 0;
  const { events } = program.stores;
  const failing: Stores = {
    ...program.stores,
    events: instead(events, {
      recorded: instead(events.recorded, {
        readLog: (...given) =>
          ++pages > 2 ? Promise.reject(new Error('the line broke')) : events.recorded.readLog(...given),
      }),
    }),
  };
  await expect(copyTo(to, failing)).rejects.toThrow('the line broke');
  const copied = await copyTo(to);
  expect(copied.present).toBeGreaterThan(0);
  expect(copied.present + copied.events).toBe(await program.stores.events.head());
  expect((await to.events.readLog(0, 700)).map(({ id }) => id)).toEqual(source.map(({ id }) => id));
});

test('stores that hold something else are left alone', async () => {
  const to = await emptyStores('other');
  await to.events.append('user-x', -1, [{ id: crypto.randomUUID(), type: 'Noted', data: '{}', meta: '{"v":1}' }]);
  await expect(copyTo(to)).rejects.toThrow(NotACopy);
  expect(await to.events.head()).toBe(1);
  expect(await hasPseudonyms(to.keys)).toBe(false);
});

test('a client goes on in a copy, and in a copy of the copy, from any position of the old log', async () => {
  const [one, two] = [await emptyStores('first'), await emptyStores('second')];
  await copyTo(one);
  await copyTo(two, one);
  const source = await everything(program.stores);
  const identity = await identityOf(two);
  for (const at of [0, 1, 2, 1999, 2000, 2001, 3777, source.length - 1]) {
    const { id, position } = source[at]!;
    const place = (await identity.placeOf(position, program.logIdentity.logId)) as { readonly at: number };
    const [next] = await two.events.readLog(place.at - 1, 1);
    expect(next!.id).toBe(id);
  }
  expect(await identity.placeOf(0, program.logIdentity.logId)).toEqual({ at: 0 });
  expect(await identity.placeOf(77, identity.logId)).toEqual({ at: 77 });
  expect(await identity.placeOf(1, crypto.randomUUID())).toEqual({ code: 'log-unknown', begin: 0 });
  // Of which log it is, nobody can tell.
  expect(await identity.placeOf(77)).toEqual({ code: 'position-unknown', begin: 0 });
});

test('a file that was discarded is copied without its content', async () => {
  const pia = await program.person('pia');
  const { fileId } = await storeFile(program.core, meta(pia), {}, Readable.from([Buffer.from('gone')]), 10);
  const { hash } = (await program.core.ledger.load(files, fileId))!;
  await program.core.ledger.transact(files, fileId, plainMeta(), discardFile);
  expect(await program.stores.blobs.sweep(new Date(Date.now() + 1000), async (one) => one !== hash)).toBe(1);
  expect(await copyTo(await emptyStores('discarded'))).toMatchObject({ files: 1, lost: [] });
});

describe('a file that is lost or damaged', () => {
  const stored = async (name: string) => {
    const by = await program.person(name);
    const { fileId } = await storeFile(program.core, meta(by), {}, Readable.from([Buffer.from(name)]), 100);
    return (await program.core.ledger.load(files, fileId))!;
  };
  const without = (hash: string, open: () => Promise<Readable>): Stores => ({
    ...program.stores,
    blobs: instead(program.stores.blobs, {
      open: (...given) => (given[0] === hash ? open() : program.stores.blobs.open(...given)),
    }),
  });

  test('is left out and named by every copy, until the source has it again', async () => {
    const { hash } = await stored('lou');
    const to = await emptyStores('lost');
    for (const from of [
      without(hash, async () => Promise.reject(new Missing(hash))),
      without(hash, async () => Readable.from([Buffer.from('oul')])),
      without(hash, async () => Readable.from([Buffer.from('much more than there was, in a damaged file'.repeat(9))])),
    ])
      expect((await copyTo(to, from)).lost).toEqual([hash]);
    expect(await copyTo(to)).toMatchObject({ events: 0, files: 1, lost: [] });
    expect(await (await to.blobs.open(hash)).toArray()).not.toEqual([]);
  });

  test('ends the copy where the store of files is away', async () => {
    const { hash } = await stored('max');
    const from = without(hash, async () => Promise.reject(new Unavailable('blobs')));
    await expect(copyTo(await emptyStores('away'), from)).rejects.toThrow(Unavailable);
  });

  test('is not put back where the copy has discarded it', async () => {
    const { fileId, hash } = await stored('una');
    const to = await emptyStores('used');
    await copyTo(
      to,
      without(hash, async () => Promise.reject(new Missing(hash))),
    );
    const [last] = await to.events.readStream(streams.file(fileId), { backwards: true, limit: 1 });
    const [event] = discardFile(await stateIn(to.events, files, fileId));
    const discarded = encode(crypto.randomUUID(), event!, new Date().toISOString(), {
      actorId: null,
      correlationId: 'x',
    });
    await to.events.append(streams.file(fileId), last!.revision, [discarded]);
    expect(await copyTo(to)).toMatchObject({ files: 0, lost: [] });
    await expect(to.blobs.open(hash)).rejects.toThrow(Missing);
  });
});

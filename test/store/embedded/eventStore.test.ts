// The embedded event store: the contract, and what only this adapter promises.

import { getEventListeners } from 'node:events';
import { copyFile, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { describeCause, isFailedSync } from '../../../src/store/cause.ts';
import { openEventLogReader } from '../../../src/store/embedded/eventLogReader.ts';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';
import { type EventStore, NO_STREAM, Unavailable } from '../../../src/store/ports.ts';
import { event, eventStoreContract, eventsOf, freshStream } from '../../contracts/eventStore.contract.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function makeDir() {
  const dir = await mkdtemp(join(tmpdir(), 'verbatim-events-'));
  return { file: join(dir, 'events.db'), remove: () => rm(dir, { recursive: true }) };
}

/** A file for one case, gone after it. */
async function newFile(): Promise<string> {
  const { file, remove } = await makeDir();
  cleanups.push(remove);
  return file;
}

async function openStore(file: string, pageLimit?: Int32Array): Promise<EventStore> {
  const store = await openEmbeddedEventStore(pageLimit ? { file, pageLimit } : { file });
  cleanups.push(() => store.close());
  return store;
}

eventStoreContract('embedded', async () => {
  const { file, remove } = await makeDir();
  let store = await openEmbeddedEventStore({ file });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openEmbeddedEventStore({ file });
      return store;
    },
    close: async () => {
      await store.close();
      await remove();
    },
  };
});

describe('the embedded event store', () => {
  it('lets others have their turns between the pages of a long stream, and of the log', async () => {
    const store = await openStore(await newFile());
    for (let i = 0; i < 4; i++)
      await store.append(
        'user-1',
        i * 500 - 1,
        Array.from({ length: 500 }, () => event()),
      );
    let turns = 0;
    const take = () => {
      turns++;
      next = setImmediate(take);
    };
    let next = setImmediate(take);
    const seen: number[] = [];
    for (let from = 0; from < 2000; from += 500) {
      await store.readStream('user-1', { from, limit: 500 });
      seen.push(turns);
    }
    for (let position = 0; position < 2000; position += 500) {
      await store.readLog(position, 500);
      seen.push(turns);
    }
    clearImmediate(next);
    expect(seen.every((turn, i) => turn > (seen[i - 1] ?? 0))).toBe(true);
  });

  it('gives JSON texts back letter by letter', async () => {
    const store = await openStore(await newFile());
    const given = { ...event(), data: '{ "b":1,\n"a": "é\\u00e9😀" }', meta: '{"x" : 1e3}' };
    await store.append('user-1', NO_STREAM, [given]);
    expect(await store.readStream('user-1')).toEqual([{ ...given, stream: 'user-1', revision: 0, position: 1 }]);
  });

  it('reads no disk for the event just appended', async () => {
    const store = await openStore(await newFile());
    await store.append('user-1', NO_STREAM, eventsOf(2));
    const second = async () => (await store.readStream('user-1', { from: 1, limit: 1 }))[0];
    expect((await second())?.revision).toBe(1);
    expect(await second()).toBe(await second());
  });

  it('acknowledges nothing once another file has the place of the log, as after a failed sync', async () => {
    const file = await newFile();
    const store = await openStore(file);
    await store.append('user-1', NO_STREAM, [event()]);
    await rename(file, `${file}.former`);
    await writeFile(file, 'another log');
    for (let attempt = 0; attempt < 2; attempt++) {
      const refused: unknown = await store.append('user-2', NO_STREAM, [event()]).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Unavailable);
      expect(isFailedSync(refused)).toBe(true);
      expect(describeCause(refused)).toContain('the file of the log was replaced');
    }
  });

  it('numbers positions from 1 without holes, whatever was refused in between', async () => {
    const store = await openStore(await newFile());
    const appends = Array.from({ length: 60 }, (_, i) => store.append(`user-${i % 20}`, NO_STREAM, eventsOf(2)));
    await Promise.allSettled(appends);
    expect((await store.readLog(0)).map(({ position }) => position)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    expect(await store.head()).toBe(40);
  });

  it('takes appends made at once to one stream in the order they were made', async () => {
    const store = await openStore(await newFile());
    const appended = await Promise.all(eventsOf(1000).map((each, i) => store.append('messages-1', i - 1, [each])));
    expect(appended.map(({ revision }) => revision)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('gives a thousand racing appends a thousand outcomes: one written, the others conflicts', async () => {
    const store = await openStore(await newFile());
    const racing = Array.from({ length: 1000 }, () => store.append('user-1', NO_STREAM, [event()]));
    const outcomes = await Promise.allSettled(racing);
    const count = (name: string) =>
      outcomes.filter((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'written') === name).length;
    expect([count('written'), count('Conflict')]).toEqual([1, 999]);
  });

  it('keeps its events from other users of the machine, and leaves the log and its mark when closed', async () => {
    const file = await newFile();
    const store = await openEmbeddedEventStore({ file });
    await store.append('user-1', NO_STREAM, [event()]);
    for (const name of await readdir(join(file, '..'))) {
      expect((await stat(join(file, '..', name))).mode & 0o077, name).toBe(0);
    }
    await store.close();
    expect(new Set(await readdir(join(file, '..')))).toEqual(new Set(['events.db', 'events.db.mark']));
  });

  it('answers appends in hand when it is closed, and is unavailable afterwards', async () => {
    const file = await newFile();
    const store = await openEmbeddedEventStore({ file });
    const inHand = Array.from({ length: 100 }, (_, i) => store.append(`user-${i}`, NO_STREAM, [event()]));
    const over = new AbortController();
    const following = Array.fromAsync(store.follow(1000, over.signal));
    await store.close();
    expect((await Promise.all(inHand)).at(-1)?.position).toBe(100);
    expect(await following).toEqual([]);
    await expect(store.append('user-1', 0, [event()])).rejects.toThrow(Unavailable);
    await expect(store.readStream('user-1')).rejects.toThrow(Unavailable);
    await expect(store.readLog(0)).rejects.toThrow(Unavailable);
  });

  it('says so when its file is of a later version, or no database', async () => {
    const file = await newFile();
    await (await openEmbeddedEventStore({ file })).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(openEmbeddedEventStore({ file })).rejects.toThrow('version 99');
    await copyFile(import.meta.filename, file);
    await expect(openEmbeddedEventStore({ file })).rejects.toThrow('not a database');
  });
});

describe('a full disk', () => {
  it('makes appends unavailable, loses none that was answered, and takes appends again when there is space', async () => {
    const file = await newFile();
    const pageLimit = new Int32Array(new SharedArrayBuffer(4));
    pageLimit[0] = 40;
    const store = await openStore(file, pageLimit);
    const over = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const batch of store.follow(0, over.signal)) seen.push(...batch.map(({ id }) => id));
    })();

    const answered: string[] = [];
    const appendOne = async (stream: string, expected: number) => {
      const each = event('x'.repeat(1000));
      await store.append(stream, expected, [each]);
      answered.push(each.id);
    };
    const fill = async () => {
      for (let expected = NO_STREAM; ; expected++) await appendOne('messages-1', expected);
    };
    await expect(fill()).rejects.toThrow(Unavailable);
    const full = answered.length;
    expect(full).toBeGreaterThan(20);
    await expect(store.append('messages-1', full - 1, [event('x'.repeat(1000))])).rejects.toThrow(Unavailable);
    const group = Array.from({ length: 50 }, () => store.append(freshStream(), NO_STREAM, [event('x'.repeat(1000))]));
    for (const outcome of await Promise.allSettled(group)) expect(outcome).toMatchObject({ status: 'rejected' });
    expect(await store.head()).toBe(full);
    expect(await store.readStream('messages-1', { from: full })).toEqual([]);
    expect(await store.readStream('messages-1')).toHaveLength(full);

    pageLimit[0] = 4000;
    await appendOne('messages-1', full - 1);
    await Promise.all(Array.from({ length: 50 }, () => appendOne(freshStream(), NO_STREAM)));
    const log = await store.readLog(0);
    expect(log.map(({ id }) => id)).toEqual(answered);
    expect(log.map(({ position }) => position)).toEqual(answered.map((_, i) => i + 1));
    await expect.poll(() => seen).toEqual(answered);
    over.abort();
    await following;
  });
});

describe('followers', () => {
  it('leave nothing behind when they end', async () => {
    const store = await openStore(await newFile());
    const over = new AbortController();
    for (let i = 0; i < 20; i++) {
      await store.append(freshStream(), NO_STREAM, [event()]);
      for await (const batch of store.follow(0, over.signal)) if (batch.length > 0) break;
    }
    expect(getEventListeners(over.signal, 'abort')).toHaveLength(0);
    const waiting = Array.from({ length: 20 }, () => Array.fromAsync(store.follow(20, over.signal)));
    expect(getEventListeners(over.signal, 'abort')).toHaveLength(20);
    over.abort();
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 20 }, () => []));
    expect(getEventListeners(over.signal, 'abort')).toHaveLength(0);
  });

  it('that fall behind what is kept in memory go on from the file', async () => {
    const store = await openStore(await newFile());
    const over = new AbortController();
    const iterator = store.follow(0, over.signal)[Symbol.asyncIterator]();
    await store.append('messages-1', NO_STREAM, [event()]);
    const seen = [...(await iterator.next()).value!];
    for (let i = 0; i < 20; i++) await store.append('messages-1', i * 500, eventsOf(500));
    while (seen.length < 10_001) seen.push(...(await iterator.next()).value!);
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 10_001 }, (_, i) => i + 1));
    over.abort();
    await iterator.return?.();
  });
});

describe('the event log read by another process', () => {
  it('can be read while the store writes, and after it is closed', async () => {
    const file = await newFile();
    const store = await openEmbeddedEventStore({ file });
    await store.append('user-1', NO_STREAM, eventsOf(3));
    const reader = openEventLogReader(file);
    await store.append('user-1', 2, eventsOf(2));
    expect(reader.head()).toBe(5);
    expect(reader.lastRevision('user-1')).toBe(4);
    expect(reader.lastRevision('user-2')).toBe(NO_STREAM);
    expect(reader.readLog(3)).toEqual(await store.readLog(3));
    const all = await store.readStream('user-1');
    expect(reader.readStream('user-1')).toEqual(all);
    reader.close();
    await store.close();
    const later = openEventLogReader(file);
    expect(later.readStream('user-1')).toEqual(all);
    later.close();
  });

  it('is refused where there is no event log', async () => {
    const file = await newFile();
    expect(() => openEventLogReader(file)).toThrow('no event log');
  });
});

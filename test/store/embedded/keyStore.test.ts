// Keys in a file: the contract, and that no byte of a destroyed key stays.

import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openEmbeddedKeyReader, openKeyFile } from '../../../src/store/embedded/keyFile.ts';
import { openEmbeddedKeyStore } from '../../../src/store/embedded/keyStore.ts';
import { KEY_BYTES, type KeyStore, Unavailable } from '../../../src/store/ports.ts';
import { keyStoreContract } from '../../contracts/keyStore.contract.ts';

let folder: string;
let stores: readonly [KeyStore, KeyStore];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbatim-keys-'));
  const file = join(folder, 'keys.db');
  stores = [await openEmbeddedKeyStore(file), await openEmbeddedKeyStore(file)];
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await rm(folder, { recursive: true });
});

describe('the contract', () => keyStoreContract(() => stores));

/** Everything in the folder, whatever file it is in. */
const bytes = (): Buffer => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));

test('no byte of a destroyed key is left in any file', async () => {
  const [store] = stores;
  const canary = randomBytes(KEY_BYTES);
  // More than a page, so that it lies in pages of its own.
  const big = Buffer.concat([randomBytes(199 * KEY_BYTES), canary]);
  await store.add(
    new Map([
      ['big', big],
      ['small', canary],
    ]),
  );
  expect(bytes().includes(canary)).toBe(true);
  await store.destroy([
    { block: 'big', slot: 199 },
    { block: 'small', slot: 0 },
  ]);
  expect(bytes().includes(canary)).toBe(false);
  expect(bytes().includes(canary.subarray(0, 8))).toBe(false);
});

test('only its owner may read the file', () => {
  expect(statSync(join(folder, 'keys.db')).mode & 0o777).toBe(0o600);
});

test('a reader beside the writer sees what it keeps, and where there are no keys, none', async () => {
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  await stores[0].add(new Map([['seen', key]]));
  const reader = openEmbeddedKeyReader(join(folder, 'keys.db'));
  expect(await reader.get(['seen', 'unseen'])).toEqual([key, undefined]);
  await reader.close();
  const none = openEmbeddedKeyReader(join(folder, 'none.db'));
  expect(await none.get(['seen'])).toEqual([undefined]);
  await none.close();
});

test('a reader finds the keys as they were before a change in which the process was killed', async () => {
  const file = join(folder, 'killed.db');
  const before = new Uint8Array(64 * KEY_BYTES).fill(1);
  const writer = openKeyFile(file);
  writer.add(Array.from({ length: 100 }, (_, n) => [`block ${n}`, before] as const));
  writer.close();
  // The file as a kill leaves it: the change is half in there, and the journal has what was there.
  using db = new DatabaseSync(file);
  db.exec(
    `PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE blocks SET keys = zeroblob(2048)`,
  );
  const left = join(folder, 'left.db');
  for (const suffix of ['', '-journal']) copyFileSync(file + suffix, left + suffix);
  const reader = openEmbeddedKeyReader(left);
  expect(await reader.get(['block 0', 'block 99'])).toEqual([before, before]);
  await reader.close();
});

test('many who ask at the same moment wake the thread once, and each has their own keys', async () => {
  const [store] = stores;
  const blocks = new Map(Array.from({ length: 40 }, (_, i) => [`of ${i}`, new Uint8Array(randomBytes(KEY_BYTES))]));
  await store.add(blocks);
  const asked = vi.spyOn(Worker.prototype, 'postMessage');
  onTestFinished(() => asked.mockRestore());
  const found = await Promise.all(Array.from(blocks.keys(), (id) => store.get([id, 'of nobody'])));
  expect(found).toEqual(Array.from(blocks.values(), (keys) => [keys, undefined]));
  expect(asked).toHaveBeenCalledOnce();
});

test('a store that fails says that it is away', async () => {
  const closed = await openEmbeddedKeyStore(join(folder, 'closed.db'));
  await closed.close();
  const uses = [
    () => closed.get(['a']),
    () => closed.add(new Map([['a', randomBytes(KEY_BYTES)]])),
    () => closed.destroy([{ block: 'a', slot: 0 }]),
    () => closed.probe(),
  ];
  for (const use of uses) await expect(use()).rejects.toBeInstanceOf(Unavailable);
});

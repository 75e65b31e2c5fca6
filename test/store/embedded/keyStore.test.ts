// Keys in a file: the contract, and that no byte of a destroyed key stays.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openEmbeddedKeyReader } from '../../../src/store/embedded/keyFile.ts';
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

// The keys in memory, while a key is destroyed.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createKeyRing } from '../../src/history/keyRing.ts';
import { KEY_BYTES, type KeyStore } from '../../src/store/ports.ts';

test('a key that another process destroys while it is being read does not stay here', async () => {
  const key = randomBytes(KEY_BYTES);
  let lying: Uint8Array = key;
  const reading = Promise.withResolvers<readonly Uint8Array[]>();
  const answers = [reading.promise];
  let reads = 0;
  const get = () => {
    reads += 1;
    return answers.pop() ?? Promise.resolve([lying]);
  };
  const store = { get } as Partial<KeyStore> as KeyStore;
  const ring = createKeyRing(store, () => 0);
  const found = ring.find(['ann']);
  lying = new Uint8Array(KEY_BYTES);
  ring.forget(['ann']);
  reading.resolve([key]);
  expect(await found).toEqual([null]);
  expect(await ring.find(['ann'])).toEqual([null]);
  // What was read meanwhile is in no cache.
  expect(reads).toBe(2);
});

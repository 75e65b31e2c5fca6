// What every key store does: on each adapter, and for processes that share it.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { KEY_BYTES, type KeyStore } from '../../src/store/ports.ts';

/** `opened`: the store, and a second process on the same one. */
export const keyStoreContract = (opened: () => readonly [KeyStore, KeyStore]): void => {
  const freshId = () => randomBytes(12).toString('base64url');
  const block = (slots: number): Uint8Array => new Uint8Array(randomBytes(slots * KEY_BYTES));

  test('keeps blocks of keys, and gives them back to every process', async () => {
    const [one, other] = opened();
    const [a, b] = [freshId(), freshId()];
    const blocks = new Map([
      [a, block(1)],
      [b, block(64)],
    ]);
    await one.add(blocks);
    for (const store of [one, other])
      expect(await store.get([b, freshId(), a])).toEqual([blocks.get(b), undefined, blocks.get(a)]);
    expect(await one.get([])).toEqual([]);
  });

  test('never replaces a block: of two processes that make one, the first is right', async () => {
    const [one, other] = opened();
    const id = freshId();
    const first = block(1);
    await one.add(new Map([[id, first]]));
    await other.add(
      new Map([
        [id, block(1)],
        [freshId(), block(1)],
      ]),
    );
    expect(await other.get([id])).toEqual([first]);
  });

  test('destroys one key of a block for ever, and leaves the others', async () => {
    const [one, other] = opened();
    const id = freshId();
    const keys = block(3);
    await one.add(new Map([[id, keys]]));
    await other.destroy([{ block: id, slot: 1 }]);
    const left = keys.slice().fill(0, KEY_BYTES, 2 * KEY_BYTES);
    expect(await one.get([id])).toEqual([left]);
    await one.add(new Map([[id, block(3)]]));
    expect(await one.get([id])).toEqual([left]);
  });

  test('destroys keys that were never kept: nobody can make them later', async () => {
    const [one] = opened();
    const id = freshId();
    await one.destroy([{ block: id, slot: 0 }]);
    await one.add(new Map([[id, block(1)]]));
    expect(await one.get([id])).toEqual([new Uint8Array(KEY_BYTES)]);
  });

  test('destroys keys of one block from two processes at once', async () => {
    const [one, other] = opened();
    const id = freshId();
    await one.add(new Map([[id, block(8)]]));
    const slots = Array.from({ length: 8 }, (_, slot) => slot);
    await Promise.all(slots.map((slot) => (slot % 2 ? one : other).destroy([{ block: id, slot }])));
    expect(await one.get([id])).toEqual([new Uint8Array(8 * KEY_BYTES)]);
  });

  test('says that it works', async () => {
    const [one] = opened();
    await expect(one.probe()).resolves.toBeUndefined();
  });
};

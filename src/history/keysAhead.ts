// Keys of single parts, made ahead of their use, many at once, so that a message seldom waits for the disk twice.

import { randomBytes } from 'node:crypto';
import { KEY_BYTES, type KeyStore } from '../store/ports.ts';
import { keyIn, nameOf } from './keyPlaces.ts';

/** Keys of a block that is made ahead. */
const SLOTS = 64;
/** With fewer keys left, more are made: while the store of keys is away, so many messages can be sent. */
const LEAST = 1024;
/** Blocks made at once, at most. */
const MOST = 64;
/** Milliseconds: after blocks that were used up sooner, twice as many are made, and after those that lasted longer, few. */
const LASTS = { least: 1000, most: 60_000 } as const;
const ID_BYTES = 12;

export interface OwnKey {
  readonly name: string;
  readonly key: Uint8Array;
}

/** `clock`: monotonic milliseconds. `onMade`: called with each block that is stored. */
export const createKeysAhead = (
  store: Pick<KeyStore, 'add'>,
  clock: () => number,
  onMade: (block: string, keys: Uint8Array) => void,
) => {
  /** Block by block; the last slots first. */
  const ready: { readonly block: string; readonly keys: Uint8Array; left: number }[] = [];
  let [number, madeAt] = [LEAST / SLOTS, Number.NEGATIVE_INFINITY];
  let making: Promise<void> | undefined;

  const makeNow = async (): Promise<void> => {
    const lasted = clock() - madeAt;
    if (lasted < LASTS.least) number = Math.min(2 * number, MOST);
    else if (lasted > LASTS.most) number = LEAST / SLOTS;
    const made = new Map(
      Array.from({ length: number }, () => [
        randomBytes(ID_BYTES).toString('base64url'),
        randomBytes(SLOTS * KEY_BYTES),
      ]),
    );
    await store.add(made);
    for (const [block, keys] of made) {
      onMade(block, keys);
      ready.push({ block, keys, left: SLOTS });
    }
    madeAt = clock();
  };

  const moreKeys = (): Promise<void> => {
    making ??= makeNow().finally(() => {
      making = undefined;
    });
    return making;
  };

  const make = (): void => {
    if (ready.reduce((sum, { left }) => sum + left, 0) < LEAST) void moreKeys().catch(() => undefined);
  };

  const next = (): OwnKey | undefined => {
    const from = ready.at(-1);
    if (from === undefined) return undefined;
    const slot = --from.left;
    if (slot === 0) ready.pop();
    return { name: nameOf({ block: from.block, slot }), key: keyIn(from.keys, slot)! };
  };

  return {
    /** Makes more if few are left, and waits for nothing. */
    make,
    /** The keys of a block that has unused ones. */
    block: (id: string): Uint8Array | undefined => ready.find(({ block }) => block === id)?.keys,
    /** More are made before the last ones are gone, so that few wait. @throws Unavailable */
    take: async (count: number): Promise<readonly OwnKey[]> => {
      const taken: OwnKey[] = [];
      while (taken.length < count) {
        const key = next();
        if (key) taken.push(key);
        else await moreKeys();
      }
      make();
      return taken;
    },
  };
};

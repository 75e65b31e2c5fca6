// The keys in use: those of persons, made when they are first needed, and those of single parts, made ahead of their use,
// many at once, so that no message waits for the disk twice.

import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyStore } from '../store/ports.ts';
import { KEY_BYTES } from './cipher.ts';

/** A key may be destroyed: then it is null for ever. */
export type Key = Uint8Array | null;

/** Keys in memory. One costs some 200 bytes. */
const KEPT = 100_000;
/** Keys made ahead: the first time, and at most. */
const AHEAD = { first: 64, most: 4096 } as const;
/** Milliseconds: keys that were used up sooner are made in twice the number. */
const SOON = 1000;
const ID_BYTES = 9;

export interface OwnKey {
  readonly id: string;
  readonly key: Uint8Array;
}

export type KeyRing = ReturnType<typeof createKeyRing>;

/** `clock`: monotonic milliseconds. */
export const createKeyRing = (store: KeyStore, clock: () => number) => {
  // With `max` the cache would allocate its full size at once.
  const kept = new LRUCache<string, { readonly key: Key }>({ maxSize: KEPT, sizeCalculation: () => 1 });
  let ready: OwnKey[] = [];
  let [number, madeAt]: [number, number] = [AHEAD.first / 2, Number.NEGATIVE_INFINITY];
  let making: Promise<void> | undefined;

  const make = async (): Promise<void> => {
    number = clock() - madeAt < SOON ? Math.min(2 * number, AHEAD.most) : AHEAD.first;
    const block = randomBytes(ID_BYTES).toString('base64url');
    const bytes = randomBytes(number * KEY_BYTES);
    const made = Array.from({ length: number }, (_, i) => ({
      id: `${block}${i.toString(36)}`,
      key: bytes.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES),
    }));
    await store.add(new Map(made.map(({ id, key }) => [id, key])));
    for (const { id, key } of made) kept.set(id, { key });
    ready = made.reverse();
    madeAt = clock();
  };

  /** In the order of `ids`. Undefined: the store never had it. @throws Unavailable */
  const find = async (ids: readonly string[]): Promise<readonly (Key | undefined)[]> => {
    const missing = [...new Set(ids)].filter((id) => !kept.has(id));
    const found = new Map<string, Key>();
    if (missing.length > 0)
      for (const [i, key] of (await store.get(missing)).entries())
        if (key !== undefined) {
          found.set(missing[i]!, key);
          kept.set(missing[i]!, { key });
        }
    return ids.map((id) => (found.has(id) ? found.get(id) : kept.get(id)?.key));
  };

  return {
    find,
    /** The key of a person or a desk, made if it is new. Null: it was destroyed. @throws Unavailable */
    ofSubject: async (id: string): Promise<Key> => {
      const [known] = await find([id]);
      if (known !== undefined) return known;
      await store.add(new Map([[id, randomBytes(KEY_BYTES)]]));
      // Another process may have been first.
      const [key] = await find([id]);
      return key ?? null;
    },
    /** A key that nothing else ever uses. @throws Unavailable */
    own: async (): Promise<OwnKey> => {
      for (;;) {
        const next = ready.pop();
        if (next) return next;
        making ??= make().finally(() => {
          making = undefined;
        });
        await making;
      }
    },
    /** @throws Unavailable */
    destroy: async (ids: readonly string[]): Promise<void> => {
      await store.destroy(ids);
      for (const id of ids) kept.set(id, { key: null });
    },
    /** Another process destroyed keys, perhaps. */
    forget: (ids: readonly string[]): void => {
      for (const id of ids) kept.delete(id);
    },
  };
};

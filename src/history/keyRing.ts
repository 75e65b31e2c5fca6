// The keys in use: those of persons, made when they are first needed, and those of single parts, made ahead of their use.

import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { KEY_BYTES, type KeyPlace, type KeyStore } from '../store/ports.ts';
import { type FindKeys, type Key, keyFinder, keyIn, placeOf } from './keyPlaces.ts';
import { createKeysAhead } from './keysAhead.ts';

/** Bytes of blocks in memory. */
const KEPT_BYTES = 32_000_000;
/** Bytes that one block costs beside its own. */
const KEEPING = 300;
/** Names of keys that are remembered as gone until the store has destroyed them: as many as are erased at once, and more. */
const GONE = 10_000;

export type KeyRing = ReturnType<typeof createKeyRing>;

/** `clock`: monotonic milliseconds. */
export const createKeyRing = (store: KeyStore, clock: () => number) => {
  const kept = new LRUCache<string, Uint8Array>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (keys) => keys.length + KEEPING,
  });
  const ahead = createKeysAhead(store, clock, (block, keys) => kept.set(block, keys));
  /** How often keys were forgotten. */
  let forgotten = 0;

  /** Erased, by this process or another one. From the moment that the log says so, nobody here uses them. */
  const gone = new LRUCache<string, true>({ maxSize: GONE, sizeCalculation: () => 1 });

  const inStore = keyFinder(async (blocks) => {
    const known = blocks.map((block) => kept.get(block));
    const missing = blocks.filter((_, i) => known[i] === undefined);
    if (missing.length === 0) return known;
    const before = forgotten;
    const found = new Map((await store.get(missing)).map((keys, i) => [missing[i]!, keys]));
    // What was read may be older than what was destroyed meanwhile.
    if (forgotten === before) for (const [block, keys] of found) if (keys) kept.set(block, keys);
    // The store answers now. When the first message is sent, it may be away.
    ahead.make();
    return blocks.map((block, i) => known[i] ?? found.get(block));
  });

  const inMemory = (name: string): Key | undefined => {
    const { block, slot } = placeOf(name);
    return keyIn(kept.get(block), slot);
  };

  const find: FindKeys = async (names) => {
    const known = names.map(inMemory);
    const found = known.includes(undefined) ? await inStore(names) : known;
    return found.map((key, i) => (gone.has(names[i]!) ? null : key));
  };

  /** No byte of them stays in memory, either. */
  const forget = (places: readonly KeyPlace[]): void => {
    forgotten++;
    for (const { block, slot } of places) {
      for (const keys of [kept.get(block), ahead.block(block)]) {
        const key = keyIn(keys, slot);
        if (key) key.fill(0);
      }
      kept.delete(block);
    }
  };

  return {
    find,
    /** The keys of persons and desks, in the order of `ids`; made if they are new. @throws Unavailable */
    ofSubjects: async (ids: readonly string[]): Promise<readonly Key[]> => {
      const found = await find(ids);
      if (!found.includes(undefined)) return found as readonly Key[];
      const missing = ids.filter((_, i) => found[i] === undefined);
      await store.add(new Map(missing.map((id) => [id, randomBytes(KEY_BYTES)])));
      ahead.make();
      // Another process may have been first.
      return (await find(ids)).map((key) => key ?? null);
    },
    /** Keys that nothing else ever uses. More are made before the last ones are gone, so that few wait. @throws Unavailable */
    own: ahead.take,
    /** @throws Unavailable; Error a key is still there */
    destroy: async (names: readonly string[]): Promise<void> => {
      const places = names.map(placeOf);
      await store.destroy(places);
      forget(places);
      const left = (await inStore(names)).findIndex((key) => key !== null);
      if (left !== -1) throw new Error(`the key ${names[left]} is still there`);
    },
    /** Those that the store has, or never had. @throws Unavailable */
    undestroyed: async (names: readonly string[]): Promise<readonly string[]> => {
      const keys = await keyFinder(store.get)(names);
      return names.filter((_, i) => keys[i] !== null);
    },
    /** Somebody destroys keys, or will in a moment. */
    forget: (names: readonly string[]): void => {
      for (const name of names) gone.set(name, true);
      forget(names.map(placeOf));
    },
  };
};

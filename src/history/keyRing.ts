// The keys in use: those of persons, made when they are first needed, and those of single parts, made ahead of their use,
// many at once, so that a message seldom waits for the disk twice.

import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { KEY_BYTES, type KeyPlace, type KeyStore } from '../store/ports.ts';

/** What is left of a key that was destroyed. */
const NO_KEY = Buffer.alloc(KEY_BYTES);

/** Null: it was destroyed, for ever. */
export type Key = Uint8Array | null;

/** Bytes of blocks in memory. */
const KEPT_BYTES = 32_000_000;
/** Bytes that one block costs beside its own. */
const KEEPING = 300;
/** Keys of a block that is made ahead. */
const SLOTS = 64;
/** With fewer keys left, more are made: while the store of keys is away, so many messages can be sent. */
const LEAST = 1024;
/** Blocks made at once, at most. */
const MOST = 64;
/** Milliseconds: after blocks that were used up sooner, twice as many are made, and after those that lasted longer, few. */
const LASTS = { least: 1000, most: 60_000 } as const;
const ID_BYTES = 12;
/** Names of keys that are remembered as gone until the store has destroyed them: as many as are erased at once, and more. */
const GONE = 10_000;

/** The name of a key: its block, and its slot unless that is the first. */
const nameOf = ({ block, slot }: KeyPlace): string => (slot === 0 ? block : `${block}~${slot}`);

export const placeOf = (name: string): KeyPlace => {
  const at = name.indexOf('~');
  return at === -1 ? { block: name, slot: 0 } : { block: name.slice(0, at), slot: Number(name.slice(at + 1)) };
};

/** Undefined: the block has no such slot. */
export const keyIn = (keys: Uint8Array | undefined, slot: number): Key | undefined => {
  const key = keys?.subarray(slot * KEY_BYTES, (slot + 1) * KEY_BYTES);
  if (key?.length !== KEY_BYTES) return undefined;
  return NO_KEY.equals(key) ? null : key;
};

export type FindKeys = (names: readonly string[]) => Promise<readonly (Key | undefined)[]>;

/** Finds keys by name, in the order of `names`. Undefined: the store never had it. It throws Unavailable. */
export const keyFinder =
  (blocksOf: KeyStore['get']): FindKeys =>
  async (names) => {
    const places = names.map(placeOf);
    const blocks = [...new Set(places.map(({ block }) => block))];
    const found = await blocksOf(blocks);
    const byId = new Map(blocks.map((block, i) => [block, found[i]]));
    return places.map((place) => keyIn(byId.get(place.block), place.slot));
  };

export interface OwnKey {
  readonly name: string;
  readonly key: Uint8Array;
}

export type KeyRing = ReturnType<typeof createKeyRing>;

/** `clock`: monotonic milliseconds. */
export const createKeyRing = (store: KeyStore, clock: () => number) => {
  const kept = new LRUCache<string, Uint8Array>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (keys) => keys.length + KEEPING,
  });
  /** Keys that were made ahead, block by block; the last slots first. */
  const ready: { readonly block: string; readonly keys: Uint8Array; left: number }[] = [];
  let [number, madeAt] = [LEAST / SLOTS, Number.NEGATIVE_INFINITY];
  let making: Promise<void> | undefined;
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
    makeAhead();
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

  const make = async (): Promise<void> => {
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
      kept.set(block, keys);
      ready.push({ block, keys, left: SLOTS });
    }
    madeAt = clock();
  };

  const moreKeys = (): Promise<void> => {
    making ??= make().finally(() => {
      making = undefined;
    });
    return making;
  };

  const makeAhead = (): void => {
    if (ready.reduce((sum, { left }) => sum + left, 0) < LEAST) void moreKeys().catch(() => undefined);
  };

  const next = (): OwnKey | undefined => {
    const from = ready.at(-1);
    if (from === undefined) return undefined;
    const slot = --from.left;
    if (slot === 0) ready.pop();
    return { name: nameOf({ block: from.block, slot }), key: keyIn(from.keys, slot)! };
  };

  /** No byte of them stays in memory, either. */
  const forget = (places: readonly KeyPlace[]): void => {
    forgotten++;
    for (const { block, slot } of places) {
      for (const keys of [kept.get(block), ready.find((one) => one.block === block)?.keys]) {
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
      makeAhead();
      // Another process may have been first.
      return (await find(ids)).map((key) => key ?? null);
    },
    /** Keys that nothing else ever uses. More are made before the last ones are gone, so that few wait. @throws Unavailable */
    own: async (count: number): Promise<readonly OwnKey[]> => {
      const taken: OwnKey[] = [];
      while (taken.length < count) {
        const key = next();
        if (key) taken.push(key);
        else await moreKeys();
      }
      makeAhead();
      return taken;
    },
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

// Where a key lies in the store: in which slot of which block.

import { KEY_BYTES, type KeyPlace, type KeyStore } from '../store/ports.ts';

/** What is left of a key that was destroyed. */
const NO_KEY = Buffer.alloc(KEY_BYTES);

/** Null: it was destroyed, for ever. */
export type Key = Uint8Array | null;

/** The name of a key: its block, and its slot unless that is the first. */
export const nameOf = ({ block, slot }: KeyPlace): string => (slot === 0 ? block : `${block}~${slot}`);

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

// The Merkle tree over the log, as RFC 9162 (2.1) has it, and its root. The entry of an event is its hash (`chain.ts`).

import { hash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export type Hash = Buffer;

const BYTES = 32;

// By way of a text: `hash` takes four times as long to make a buffer.
const hashOf = (input: Uint8Array): Hash => Buffer.from(hash('sha256', input, 'binary'), 'binary');

// What is hashed is put together here, since a new buffer for each hash would cost as much as the hash.
const leaf = Buffer.alloc(1 + BYTES, 0);
const node = Buffer.alloc(1 + 2 * BYTES, 1);

/** `entry`: at most 32 bytes. */
export const leafOf = (entry: Uint8Array): Hash => {
  leaf.set(entry, 1);
  return hashOf(leaf.subarray(0, 1 + entry.length));
};

export const nodeOf = (left: Hash, right: Hash): Hash => {
  // What a changed log gives as hashes may be shorter.
  if (left.length !== BYTES || right.length !== BYTES) return hashOf(Buffer.concat([node.subarray(0, 1), left, right]));
  node.set(left, 1);
  node.set(right, 1 + BYTES);
  return hashOf(node);
};

/** The root of a tree without leaves. */
export const EMPTY: Hash = hash('sha256', '', 'buffer');

/** Levels of a tile: its root stands for 2 to the power of so many leaves. Tiles of tiles keep proofs cheap in a long log. */
export const TILE_LEVELS = 8;
export const TILE = 2 ** TILE_LEVELS;

/** A complete subtree whose root is kept. `level`: 1: of leaves, 2: of tiles of level 1, and so on. */
export interface Tile {
  readonly level: number;
  /** Among those of its level, from 0. */
  readonly index: number;
  readonly root: Hash;
}

/** Leaves under a tile. */
export const leavesOf = (level: number): number => TILE ** level;

/** The root above the roots of complete subtrees, the largest first. */
export const rootOf = (peaks: readonly Hash[]): Hash =>
  peaks.length === 0 ? EMPTY : peaks.reduceRight((right, left) => nodeOf(left, right));

/** A tree that grows: of its nodes it keeps those that new leaves need. */
export const createTree = (
  from: { readonly size: number; readonly peaks: readonly Hash[] } = { size: 0, peaks: [] },
) => {
  let size = from.size;
  const peaks = [...from.peaks];
  return {
    get size() {
      return size;
    },
    /** The roots of its complete subtrees, the largest first. */
    peaks: (): readonly Hash[] => [...peaks],
    root: (): Hash => rootOf(peaks),
    /** @returns the tiles that it completes */
    add: (leaf: Hash): readonly Tile[] => {
      let node = leaf;
      const tiles: Tile[] = [];
      for (let level = 1, rest = size; rest % 2 === 1; level++, rest = (rest - 1) / 2) {
        node = nodeOf(peaks.pop()!, node);
        if (level % TILE_LEVELS === 0) tiles.push({ level: level / TILE_LEVELS, index: (rest - 1) / 2, root: node });
      }
      peaks.push(node);
      size += 1;
      return tiles;
    },
  };
};

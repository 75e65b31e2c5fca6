// The Merkle tree over the log, as RFC 9162 (2.1) has it: its root, and the proofs that an event is in it and that a later tree
// has everything that an earlier one had. The entry of an event is its hash (`chain.ts`).

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
const EMPTY: Hash = hash('sha256', '', 'buffer');

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

/** Leaves from the first to the one before `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The largest power of two below `size`. */
const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

/** The stretches whose roots prove that the leaf at `index` is in the tree, in the order of RFC 9162, 2.1.3.1. */
export const inclusionPath = (index: number, { start, end }: Stretch): readonly Stretch[] => {
  if (end - start <= 1) return [];
  const split = start + splitOf(end - start);
  return index < split
    ? [...inclusionPath(index, { start, end: split }), { start: split, end }]
    : [...inclusionPath(index, { start: split, end }), { start, end: split }];
};

/**
 * The stretches whose roots prove that the tree has all of the tree of its first `first` leaves, in the order of RFC 9162, 2.1.4.1.
 * `isKnown`: whoever checks has the root of that part.
 */
export const consistencyPath = (first: number, { start, end }: Stretch, isKnown = true): readonly Stretch[] => {
  if (first === end) return isKnown ? [] : [{ start, end }];
  const split = start + splitOf(end - start);
  return first <= split
    ? [...consistencyPath(first, { start, end: split }, isKnown), { start: split, end }]
    : [...consistencyPath(first, { start: split, end }, false), { start, end: split }];
};

/** RFC 9162, 2.1.3.2. */
export const isIncluded = (leaf: Hash, index: number, size: number, path: readonly Hash[], root: Hash): boolean => {
  if (index < 0 || index >= size) return false;
  let [place, last, node] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      node = nodeOf(sibling, node);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else node = nodeOf(node, sibling);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && node.equals(root);
};

/** The root and the size of a tree. */
export interface Head {
  readonly size: number;
  readonly root: Hash;
}

/** RFC 9162, 2.1.4.2. */
export const isConsistent = (first: Head, second: Head, path: readonly Hash[]): boolean => {
  if (first.size > second.size) return false;
  if (first.size === second.size) return path.length === 0 && first.root.equals(second.root);
  if (first.size === 0) return path.length === 0 && first.root.equals(EMPTY);
  const isPower = Number.isInteger(Math.log2(first.size));
  const [start, ...rest] = isPower ? [first.root, ...path] : path;
  if (start === undefined) return false;
  let [place, last] = [first.size - 1, second.size - 1];
  while (place % 2 === 1) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  let [older, newer] = [start, start];
  for (const node of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      [older, newer] = [nodeOf(node, older), nodeOf(node, newer)];
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else newer = nodeOf(newer, node);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && older.equals(first.root) && newer.equals(second.root);
};

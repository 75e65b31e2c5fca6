// Proofs that an event is in the Merkle tree, and that a later tree has everything that an earlier one had.

import { EMPTY, type Hash, nodeOf } from './merkle.ts';

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

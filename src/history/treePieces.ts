// Which kept subtrees a stretch of the tree consists of, and their root together.

import { type Hash, leavesOf, rootOf, TILE, TILE_LEVELS } from './merkle.ts';
import type { Stretch } from './merkleProofs.ts';

/** A complete subtree that the views have, or single leaves within a tile. */
export type Piece = { readonly level: number; readonly index: number } | Stretch;

/** What a stretch of the tree consists of, from left to right. Its start is where a subtree of its size may begin. */
export const piecesOf = ({ start, end }: Stretch): readonly Piece[] => {
  const size = end - start;
  for (let level = Math.floor(Math.log2(size) / TILE_LEVELS); level > 0; level--)
    if (size === leavesOf(level)) return [{ level, index: start / size }];
  if (size < TILE) return [{ start, end }];
  const level = Math.floor(Math.log2(size - 1) / TILE_LEVELS);
  const whole = Math.floor(size / leavesOf(level));
  const tiles = Array.from({ length: whole }, (_, i) => ({ level, index: start / leavesOf(level) + i }));
  const rest = start + whole * leavesOf(level);
  return rest === end ? tiles : [...tiles, ...piecesOf({ start: rest, end })];
};

export const isTile = (piece: Piece): piece is Exclude<Piece, Stretch> => 'level' in piece;

/** The root over subtrees that follow each other, each complete but the last. */
export const joined = (nodes: readonly { readonly size: number; readonly root: Hash }[]): Hash => {
  const peaks: { size: number; root: Hash }[] = [];
  for (const node of nodes) {
    let next = { ...node };
    while (peaks.at(-1)?.size === next.size) {
      const { size, root } = peaks.pop()!;
      next = { size: size * 2, root: rootOf([root, next.root]) };
    }
    peaks.push(next);
  }
  return rootOf(peaks.map(({ root }) => root));
};

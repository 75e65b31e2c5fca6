// The Merkle tree: its roots as RFC 9162 defines them, and its proofs, which hold for what they say and for nothing else.

import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTree, type Hash, leafOf, nodeOf, TILE } from '../../src/history/merkle.ts';
import {
  consistencyPath,
  inclusionPath,
  isConsistent,
  isIncluded,
  type Stretch,
} from '../../src/history/merkleProofs.ts';

const leaves = Array.from({ length: 600 }, (_, i) => leafOf(hash('sha256', `event ${i}`, 'buffer')));

/** MTH of RFC 9162, 2.1.1, word for word. */
const rootOfAll = (nodes: readonly Hash[]): Hash => {
  if (nodes.length === 0) return hash('sha256', '', 'buffer');
  if (nodes.length === 1) return nodes[0]!;
  let split = 1;
  while (split * 2 < nodes.length) split *= 2;
  return nodeOf(rootOfAll(nodes.slice(0, split)), rootOfAll(nodes.slice(split)));
};
const at = ({ start, end }: Stretch): Hash => rootOfAll(leaves.slice(start, end));
const head = (size: number) => ({ size, root: at({ start: 0, end: size }) });
const grown = (size: number) => {
  const tree = createTree();
  const tiles = leaves.slice(0, size).flatMap((leaf) => tree.add(leaf));
  return { tree, tiles };
};
const sizes = fc.integer({ min: 1, max: leaves.length });
const twoSizes = fc.tuple(sizes, sizes).map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
const flipped = (node: Hash): Hash => Buffer.from(node.map((byte, i) => (i === 7 ? byte ^ 1 : byte)));

test('the root of nothing, and of the leaves that the RFC’s hashes give', () => {
  expect(createTree().root().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(leafOf(Buffer.alloc(0)).toString('hex')).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});

test('a tree that grows has the root of all its leaves, also when it goes on from its peaks', () => {
  fc.assert(
    fc.property(twoSizes, ([first, second]) => {
      const { tree } = grown(first);
      const later = createTree({ size: tree.size, peaks: tree.peaks() });
      for (const leaf of leaves.slice(first, second)) later.add(leaf);
      expect([later.size, later.root()]).toEqual([second, head(second).root]);
    }),
    { numRuns: 30 },
  );
});

test('it gives the root of each tile once', () => {
  const { tiles } = grown(600);
  expect(tiles).toEqual(
    [0, 1].map((index) => ({ level: 1, index, root: at({ start: index * TILE, end: (index + 1) * TILE }) })),
  );
});

describe('a proof', () => {
  const someLeaf = sizes.chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));

  test('says that an event is in the tree, at its place and nowhere else', () => {
    fc.assert(
      fc.property(someLeaf, ([size, index]) => {
        const path = inclusionPath(index, { start: 0, end: size }).map(at);
        const { root } = head(size);
        expect(isIncluded(leaves[index]!, index, size, path, root)).toBe(true);
        expect(isIncluded(leaves[(index + 1) % 600]!, index, size, path, root)).toBe(false);
        expect(isIncluded(leaves[index]!, index + 1, size, path, root)).toBe(false);
        expect(isIncluded(leaves[index]!, index, size, [...path, root], root)).toBe(false);
        expect(isIncluded(leaves[index]!, index, size, path, flipped(root))).toBe(false);
        if (path.length > 0) expect(isIncluded(leaves[index]!, index, size, path.slice(1), root)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('says that a later tree has all of an earlier one, and not of another', () => {
    fc.assert(
      fc.property(twoSizes, ([first, second]) => {
        const path = consistencyPath(first, { start: 0, end: second }).map(at);
        const [one, other] = [head(first), head(second)];
        expect(isConsistent(one, other, path)).toBe(true);
        expect(isConsistent({ ...one, root: flipped(one.root) }, other, path)).toBe(false);
        expect(isConsistent(one, { ...other, root: flipped(other.root) }, path)).toBe(false);
        expect(isConsistent(one, other, [...path, one.root])).toBe(false);
        if (path.length > 0) expect(isConsistent(one, other, path.slice(0, -1))).toBe(false);
        if (first < second) expect(isConsistent(other, one, path)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

// Queries about the seals of the log.

import { type TileDoc, tileId } from '../seals.ts';
import type { Documents } from './documents.ts';

/** Keys that are listed at most, the latest: each stands for a secret that the operator changed. */
const KEYS = 1000;

export const sealQueries = ({ many, find }: Documents) => ({
  /** The keys that signed seals, the latest first. */
  sealKeys: async () => (await find('sealKeys', { list: 'all' }, 'position', { limit: KEYS, descending: true })).items,
  /** In the order of `wanted`; undefined: no seal that the views have taken completes it. */
  tiles: (
    wanted: readonly { readonly level: number; readonly index: number }[],
  ): Promise<readonly (TileDoc | undefined)[]> =>
    many(
      'tiles',
      wanted.map(({ level, index }) => tileId(level, index)),
    ),
});

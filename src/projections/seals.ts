// What proofs need of the seals of the log: the tiles of its Merkle tree, and the keys that signed.

import { changesOf, type Projection } from './projection.ts';

export interface SealKeyDoc {
  /** The thumbprint. */
  readonly id: string;
  readonly x: string;
  readonly at: string;
  /** Of the event. */
  readonly position: number;
  /** All keys are in one list. */
  readonly list: typeof ALL;
}

const ALL = 'all';

export interface TileDoc {
  readonly id: string;
  readonly root: string;
  /** The position of its last event in the log `logId`, which this log may be a copy of. */
  readonly upTo: number;
  readonly logId: string;
}

export const tileId = (level: number, index: number): string => `${level}-${index}`;

export const sealKeys: Projection = {
  collection: { name: 'sealKeys', indexes: [{ fields: ['list'], sort: 'position' }] },
  on: {
    SealKeyAdded: ({ data: { kid, x }, at, position }) => [
      changesOf('sealKeys').put({ id: kid, x, at, position, list: ALL }),
    ],
  },
};

export const tiles: Projection = {
  collection: { name: 'tiles', indexes: [] },
  on: {
    LogSealed: ({ data: { logId, tiles } }) =>
      tiles.map(({ level, index, root, upTo }) =>
        changesOf('tiles').put({ id: tileId(level, index), root, upTo, logId }),
      ),
  },
};

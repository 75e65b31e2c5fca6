// What is to be erased, or was.

import type { Erasable } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export interface ErasureDoc {
  /** Of what is erased. */
  readonly id: string;
  readonly kind: Erasable;
  /** Of a message. */
  readonly inConversationId: string | null;
  readonly by: string | null;
  readonly requestedAt: string;
  readonly dueAt: string;
  readonly standing: 'requested' | 'started' | 'certified';
  /** Position of the request: lists are in this order. */
  readonly requested: number;
  /** Names of the keys that were destroyed. */
  readonly keys: readonly string[];
  /** A signed JWT. */
  readonly certificate: string | null;
}

const { put, patch, remove } = changesOf('erasures');

export const erasures: Projection = {
  collection: {
    name: 'erasures',
    indexes: [
      { fields: ['standing'], sort: 'dueAt' },
      { fields: ['standing'], sort: 'requested' },
    ],
  },
  on: {
    ErasureRequested: ({ data: { targetId: id, epoch: _, ...data }, at, position }) => [
      put({ ...data, id, requestedAt: at, standing: 'requested', requested: position, keys: [], certificate: null }),
    ],
    ErasureWithdrawn: ({ data: { targetId } }) => [remove(targetId)],
    ErasureStarted: ({ data: { targetId } }) => [patch(targetId, { standing: 'started' })],
    ErasureCertified: ({ data: { targetId, keys, certificate } }) => [
      patch(targetId, { standing: 'certified', keys, certificate }),
    ],
  },
};

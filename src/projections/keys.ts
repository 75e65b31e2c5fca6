// Whose key it is, by the key's hash.

import { changesOf, type Projection } from './projection.ts';

export interface KeyDoc {
  readonly id: string;
  readonly userId: string;
}

const { put, remove } = changesOf('keys');

export const keys: Projection = {
  collection: { name: 'keys', indexes: [] },
  on: {
    KeyIssued: ({ data: { keyHash, userId } }) => [put({ id: keyHash, userId })],
    KeyRevoked: ({ data: { keyHash } }) => [remove(keyHash)],
  },
};

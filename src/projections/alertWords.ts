// The words that accounts want to be told of.

import type { EventOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export interface AlertWordsDoc {
  /** Of the account. */
  readonly id: string;
  readonly words: readonly string[];
}

const { put, remove } = changesOf('alertWords');

const gone = ({ data: { userId } }: EventOf<'UserDeleted' | 'PersonErased'>) => [remove(userId)];

export const alertWords: Projection = {
  collection: { name: 'alertWords', indexes: [] },
  on: {
    AlertWordsChosen: ({ data: { userId, words } }) => [
      words.length === 0 ? remove(userId) : put({ id: userId, words }),
    ],
    UserDeleted: gone,
    PersonErased: gone,
  },
};

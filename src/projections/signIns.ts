// Every sign-in of every account, also those that are over: the past asks for the last one before a position.

import { changesOf, type Projection } from './projection.ts';

export interface SignInDoc {
  /** Of the session; of a sign-in without one, the account and the position. */
  readonly id: string;
  readonly userId: string;
  readonly at: string;
  readonly position: number;
}

const { put } = changesOf('signIns');

export const signIns: Projection = {
  collection: { name: 'signIns', indexes: [{ fields: ['userId'], sort: 'position' }] },
  on: {
    // Nobody signs in when a bot gets a token.
    SessionOpened: ({ data: { sessionId: id, userId, bot }, at, position }) =>
      bot ? [] : [put({ id, userId, at, position })],
    LoggedIn: ({ data: { userId }, at, position }) => [put({ id: `${userId}:${position}`, userId, at, position })],
  },
};

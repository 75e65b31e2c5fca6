// Signed-in devices, and the tokens of bots. A session that ends by itself leaves. Those that end together, with the epoch of
// their account, stay behind, where no query looks: see `domain/session.ts`.

import type { Scope } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export interface SessionDoc {
  readonly id: string;
  readonly userId: string;
  readonly epoch: number;
  readonly isBot: boolean;
  /** Of a bot. */
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  readonly device: string | null;
  readonly openedAt: string;
  readonly refreshedAt: string;
  /** Position of its last event: lists are in this order. */
  readonly usedAt: number;
}

const { put, patch, remove } = changesOf('sessions');

export const sessions: Projection = {
  collection: { name: 'sessions', indexes: [{ fields: ['userId', 'epoch', 'isBot'], sort: 'usedAt' }] },
  on: {
    SessionOpened: ({ data: { sessionId, userId, epoch, device = null, bot }, at, position }) => {
      const { name = null, scopes = [] } = bot ?? {};
      const times = { openedAt: at, refreshedAt: at, usedAt: position };
      return [put({ id: sessionId, userId, epoch, isBot: bot !== undefined, name, scopes, device, ...times })];
    },
    SessionRefreshed: ({ data: { sessionId }, at, position }) => [
      patch(sessionId, { refreshedAt: at, usedAt: position }),
    ],
    SessionClosed: ({ data: { sessionId } }) => [remove(sessionId)],
  },
};

// Signed-in devices, and the tokens of bots. A session that ends by itself leaves. Those that end together, with the epoch of
// their account, stay behind, where no query looks: see `domain/session.ts`.

import type { EventOf, Scope } from '../domain/events.ts';
import type { Secret } from '../store/ports.ts';
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

/** As it lies in the views: what the device and the bot are called is encrypted there as in the log. */
export type SealedSession = Omit<SessionDoc, 'name' | 'device'> & Pick<Secret, 'secret'> & { readonly eventId: string };

type Hidden = Pick<EventOf<'SessionOpened'>['data'], 'device' | 'botName'>;

/** `part`: the names, as JSON. Null: they were erased. */
export const openedSession = ({ eventId: _, secret: __, ...open }: SealedSession, part: string | null): SessionDoc => {
  const { device, botName }: Hidden = part === null ? {} : JSON.parse(part);
  return { ...open, device: device ?? null, name: botName ?? null };
};

const { put, patch, remove } = changesOf('sessions');

export const sessions: Projection = {
  collection: { name: 'sessions', indexes: [{ fields: ['userId', 'epoch', 'isBot'], sort: 'usedAt' }] },
  on: {
    SessionOpened: ({ id: eventId, data: { sessionId, userId, epoch, bot }, at, position, secret = '' }) => {
      const { scopes = [] } = bot ?? {};
      const times = { openedAt: at, refreshedAt: at, usedAt: position };
      return [put({ id: sessionId, userId, epoch, isBot: bot !== undefined, scopes, eventId, secret, ...times })];
    },
    SessionRefreshed: ({ data: { sessionId }, at, position }) => [
      patch(sessionId, { refreshedAt: at, usedAt: position }),
    ],
    SessionClosed: ({ data: { sessionId } }) => [remove(sessionId)],
  },
};

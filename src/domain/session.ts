// One signed-in device: opened, refreshed with a new token each time, closed.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { registered, type User } from './user.ts';

export interface Session {
  readonly status: 'unknown' | 'open' | 'closed';
  readonly sessionId: string;
  readonly userId: string;
  readonly epoch: number;
  /** ISO time at which the first token pair was given. */
  readonly openedAt: string;
  /** ISO time at which the token pair in force was given. */
  readonly refreshedAt: string;
  /** Number of that pair, from 1. */
  readonly generation: number;
}

const never = { openedAt: '', refreshedAt: '', generation: 0 };
const unknown: Session = { status: 'unknown', sessionId: '', userId: '', epoch: 0, ...never };

export const sessions: Aggregate<Session> = {
  stream: streams.session,
  initial: () => unknown,
  evolve: (session, event, { at }) => {
    switch (event.type) {
      case 'SessionOpened':
        return { status: 'open', ...event.data, openedAt: at, refreshedAt: at, generation: 1 };
      case 'SessionRefreshed':
        return { ...session, refreshedAt: at, generation: event.data.generation };
      case 'SessionClosed':
        return { ...session, status: 'closed' };
      default:
        return session;
    }
  },
};

/** Is the session still valid? A log-out, a deletion and a password changed in another session end it. */
export const isOpen = (session: Session, user: User): boolean =>
  session.status === 'open' &&
  user.status === 'registered' &&
  session.userId === user.userId &&
  (session.epoch === user.epoch || session.sessionId === user.keptSessionId);

export const openSession = (session: Session, sessionId: string, user: User): Events => {
  if (session.status !== 'unknown') throw new Refused('conflict');
  const { userId, epoch } = registered(user);
  return [{ type: 'SessionOpened', data: { sessionId, userId, epoch } }];
};

/** A refresh token of an earlier generation is a copy, perhaps a thief's: the whole session ends. */
export const refreshSession = (session: Session, user: User, generation: number): Events => {
  if (!isOpen(session, user)) throw new Refused('refresh-token-invalid');
  if (generation > session.generation) throw new Refused('refresh-token-invalid');
  if (generation < session.generation) return closeSession(session, 'refresh-token-reused');
  return [{ type: 'SessionRefreshed', data: { sessionId: session.sessionId, generation: generation + 1 } }];
};

/** Ends a session of one's own by its refresh token in force. */
export const signOutByToken = (session: Session, user: User, generation: number): Events => {
  if (!isOpen(session, user) || generation !== session.generation) throw new Refused('refresh-token-invalid');
  return closeSession(session, 'logged-out');
};

export const closeSession = (
  { status, sessionId, userId }: Session,
  reason: DataOf<'SessionClosed'>['reason'],
): Events => (status === 'open' ? [{ type: 'SessionClosed', data: { sessionId, userId, reason } }] : []);

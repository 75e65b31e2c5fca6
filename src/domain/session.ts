// One signed-in device: opened, refreshed with a new token each time, closed. The token of a bot is a session too: it has a
// name and scopes, is never refreshed, and lasts until it is ended.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events, Scope } from './events.ts';
import { Refused } from './refused.ts';
import type { SessionClock } from './sessionLimits.ts';
import { streams } from './streams.ts';
import { isActive, registered, type User } from './user.ts';

export interface Session {
  readonly status: 'unknown' | 'open' | 'closed';
  readonly sessionId: string;
  readonly userId: string;
  readonly epoch: number;
  /** Null: a person's device. */
  readonly bot: { readonly name: string; readonly scopes: readonly Scope[] } | null;
  /** ISO time at which the first token pair was given. */
  readonly openedAt: string;
  /** ISO time at which the token pair in force was given. */
  readonly refreshedAt: string;
  /** Number of that pair, from 1. */
  readonly generation: number;
}

const never = { openedAt: '', refreshedAt: '', generation: 0 };
const unknown: Session = { status: 'unknown', sessionId: '', userId: '', epoch: 0, bot: null, ...never };

export const sessions: Aggregate<Session> = {
  stream: streams.session,
  initial: () => unknown,
  evolve: (session, event, { at }) => {
    switch (event.type) {
      case 'SessionOpened': {
        const { sessionId, userId, epoch, bot: open, botName: name = '' } = event.data;
        const bot = open === undefined ? null : { name, scopes: open.scopes };
        return { status: 'open', sessionId, userId, epoch, bot, openedAt: at, refreshedAt: at, generation: 1 };
      }
      case 'SessionRefreshed':
        return { ...session, refreshedAt: at, generation: event.data.generation };
      case 'SessionClosed':
        return { ...session, status: 'closed' };
      default:
        return session;
    }
  },
};

/** Milliseconds for which the refresh token just before the one in force is answered: two tabs may refresh at once. */
const GRACE = 10_000;

const age = (at: string, now: Date): number => now.getTime() - Date.parse(at);

/** Is a session that was opened and refreshed at these times within its limits? */
export const isCurrent = (
  { openedAt, refreshedAt }: Pick<Session, 'openedAt' | 'refreshedAt'>,
  { now, idle, lifetime }: SessionClock,
): boolean => age(refreshedAt, now) < idle && age(openedAt, now) < lifetime;

/**
 * Is the session still valid? A log-out, a limit of time, a deletion, a suspension, and a password changed in another
 * session end it. The token of a bot has no limits of time.
 */
export const isOpen = (session: Session, user: User, clock: SessionClock): boolean =>
  session.status === 'open' &&
  isActive(user) &&
  session.userId === user.userId &&
  (session.epoch === user.epoch || session.sessionId === user.keptSessionId) &&
  (session.bot !== null || isCurrent(session, clock));

/** `how`: `device`: what signs in, if that is known. `bot`: it is a token of a bot. */
export const openSession = (
  session: Session,
  sessionId: string,
  user: User,
  { device, bot }: { readonly device?: string | undefined; readonly bot?: Session['bot'] | undefined } = {},
): Events => {
  if (session.status !== 'unknown') throw new Refused('conflict');
  const { userId, epoch } = registered(user);
  const how = {
    ...(device === undefined ? {} : { device }),
    ...(bot ? { bot: { scopes: [...bot.scopes] }, botName: bot.name } : {}),
  };
  return [{ type: 'SessionOpened', data: { sessionId, userId, epoch, ...how } }];
};

/**
 * The token of the generation just before gets the pair in force again, for some seconds. Any other earlier one is a copy,
 * perhaps a thief's: the whole session ends.
 */
export const refreshSession = (session: Session, user: User, generation: number, clock: SessionClock): Events => {
  if (!isOpen(session, user, clock) || session.bot !== null) throw new Refused('refresh-token-invalid');
  if (generation > session.generation) throw new Refused('refresh-token-invalid');
  if (generation === session.generation)
    return [{ type: 'SessionRefreshed', data: { sessionId: session.sessionId, generation: generation + 1 } }];
  const isTwin = generation === session.generation - 1 && age(session.refreshedAt, clock.now) <= GRACE;
  return isTwin ? [] : closeSession(session, 'refresh-token-reused');
};

/** Ends a session of one's own by its refresh token in force. */
export const signOutByToken = (session: Session, user: User, generation: number, clock: SessionClock): Events => {
  if (!isOpen(session, user, clock) || generation !== session.generation) throw new Refused('refresh-token-invalid');
  return closeSession(session, 'logged-out');
};

export const closeSession = (
  { status, sessionId, userId }: Session,
  reason: DataOf<'SessionClosed'>['reason'],
): Events => (status === 'open' ? [{ type: 'SessionClosed', data: { sessionId, userId, reason } }] : []);

/** Ends a session of one's own from another one: a device, or the token of a bot. @throws Refused `session-unknown` */
export const endSession = (session: Session, { userId }: User, wanted: 'device' | 'bot'): Events => {
  const isWanted = session.userId === userId && (session.bot !== null) === (wanted === 'bot');
  if (!isWanted) throw new Refused(wanted === 'bot' ? 'token-unknown' : 'session-unknown');
  return closeSession(session, 'logged-out');
};

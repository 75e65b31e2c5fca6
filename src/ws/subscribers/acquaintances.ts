// Who is told of an event outside conversations: an account of how far it has read; and of how an account looks now, itself and
// the members of its groups and direct chats, who show it.
//
// The fan-out waits for no views, so changes of memberships that it has come to count before what the views have.

import { LRUCache } from 'lru-cache';
import type { Event } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import type { Recorded } from '../../store/ports.ts';
import type { LogPage } from '../delivery/logPages.ts';
import type { Protocol } from '../protocol.ts';
import { affectedUsers, changesMembership, isDeparture, isOfLooks, type Subscriber } from './subscriber.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Whom an event is for. */
interface Audience {
  readonly userId: string;
  /** The conversations whose members show the account, with the position at which it became one of them. */
  readonly conversations: ReadonlyMap<string, number>;
}

/** By place in a page. */
export type Audiences = ReadonlyMap<number, Audience>;

interface Membership {
  /** Undefined: it ended. */
  readonly since: number | undefined;
  readonly correlationId: string;
}

const PAGE = 500;
/** Memberships of one account that are looked at, the newest first. */
const LOOKED_AT = 5000;
/** Accounts, and memberships of each, whose latest changes are remembered until the views have them. */
const REMEMBERED = { accounts: 1000, memberships: 400 };

const userIdOf = ({ data }: Event): string => ('userId' in data ? (data.userId ?? '') : '');

/** Is it about the subscriber's own account, or did both belong to one of the conversations at this position? */
export const isFor = ({ principal, byMembership }: Subscriber, audience: Audience, position: number): boolean => {
  if (!byMembership) return false;
  if (principal.userId === audience.userId) return true;
  for (const [conversationId, since] of audience.conversations) {
    const own = principal.memberships.get(conversationId);
    if (own !== undefined && Math.max(own, since) <= position) return true;
  }
  return false;
};

export type Acquaintances = ReturnType<typeof createAcquaintances>;

export const createAcquaintances = (
  { queries, progress, decode, log }: Pick<Services, 'queries' | 'progress' | 'decode' | 'log'>,
  subscriptions: Subscriptions,
) => {
  const latest = new LRUCache<string, Map<string, Membership>>({ max: REMEMBERED.accounts });
  const asked = new WeakMap<LogPage, Promise<Audiences>>();

  /** Undefined: nobody can read the event. */
  const read = (recorded: Recorded): Event | undefined => {
    try {
      return decode(recorded);
    } catch {
      return undefined;
    }
  };

  const remember = (userId: string, conversationId: string, membership: Membership): void => {
    const memberships = latest.get(userId) ?? new Map<string, Membership>();
    memberships.delete(conversationId);
    memberships.set(conversationId, membership);
    if (memberships.size > REMEMBERED.memberships) memberships.delete([...memberships.keys()][0]!);
    latest.set(userId, memberships);
  };

  /** @throws Unavailable */
  const inViews = async (userId: string): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for (let before: number | undefined, isMore = true; isMore && found.size < LOOKED_AT; ) {
      const bound = before === undefined ? {} : { before };
      const { items, more } = await queries.membershipsOf(userId, { limit: PAGE, descending: true, ...bound });
      for (const { conversationId, since } of items) found.set(conversationId, since);
      before = items.at(-1)?.since;
      isMore = more && before !== undefined;
    }
    return found;
  };

  /** What the views have, or what is known without them while they are away. */
  const atOnce = async (userId: string): Promise<Map<string, number>> => {
    const principal = subscriptions.principals.get(userId);
    if (principal !== undefined && principal.pending === undefined) return new Map(principal.memberships);
    if (!progress.isReady || progress.isAway) return new Map();
    return inViews(userId).catch((error: unknown) => {
      log.warn({ err: error, userId }, 'not everybody who shows the account is told of its change');
      return new Map();
    });
  };

  const audienceOf = async (event: Event, membershipsOf: typeof inViews): Promise<Audience> => {
    const userId = userIdOf(event);
    if (!isOfLooks(event)) return { userId, conversations: new Map() };
    const conversations = await membershipsOf(userId);
    for (const [conversationId, { since, correlationId }] of latest.get(userId) ?? []) {
      // An account that leaves its groups because it is deleted is still shown there.
      const leavesByThis = event.type === 'UserDeleted' && correlationId === event.meta.correlationId;
      if (since !== undefined) conversations.set(conversationId, since);
      else if (leavesByThis) conversations.set(conversationId, 0);
      else conversations.delete(conversationId);
    }
    return { userId, conversations };
  };

  const ask = async ({ personal, events }: LogPage): Promise<Audiences> => {
    const found = new Map<number, Audience>();
    for (const place of personal) {
      const event = read(events[place]!);
      if (event !== undefined) found.set(place, await audienceOf(event, inViews));
    }
    return found;
  };

  return {
    /** The fan-out has come to this event of a conversation. */
    apply: (event: Event): void => {
      if (!changesMembership(event) || !('conversationId' in event.data)) return;
      const since = isDeparture(event) ? undefined : event.position;
      for (const userId of affectedUsers(event))
        remember(userId, event.data.conversationId, { since, correlationId: event.meta.correlationId });
    },

    /** Can anybody here be told of the event? */
    concerns: (recorded: Recorded): boolean => {
      const event = read(recorded);
      return event !== undefined && (isOfLooks(event) || subscriptions.principals.has(userIdOf(event)));
    },

    /** The receivers of an event that the fan-out has come to. The function is called without a pause before the write. */
    receiversOf: async (event: Event): Promise<() => ReadonlyMap<Protocol, ReadonlySet<Subscriber>>> => {
      const audience = await audienceOf(event, atOnce);
      return () => {
        const receivers = new Map<Protocol, Set<Subscriber>>();
        const add = (subscriber: Subscriber): void => {
          if (subscriber.state !== 'live' || !isFor(subscriber, audience, event.position)) return;
          const { protocol } = subscriber;
          receivers.set(protocol, (receivers.get(protocol) ?? new Set()).add(subscriber));
        };
        for (const own of subscriptions.principals.get(audience.userId)?.subscribers ?? []) add(own);
        for (const conversationId of audience.conversations.keys())
          for (const subscribers of subscriptions.subscribersOf(conversationId).values()) subscribers.forEach(add);
        return receivers;
      };
    },

    /** The audiences of the events of a page. @throws Unavailable */
    among: (page: LogPage): Promise<Audiences> => {
      const known = asked.get(page);
      if (known !== undefined) return known;
      const audiences = ask(page);
      asked.set(page, audiences);
      audiences.catch(() => asked.delete(page));
      return audiences;
    },
  };
};

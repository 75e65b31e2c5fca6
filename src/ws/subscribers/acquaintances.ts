// Who is told of an event outside conversations: an account of how far it has read, what it has bookmarked and which threads it
// follows, and in small conversations the other members of how far it has read, unless somebody withholds it; of how an account looks now, itself and
// the members of its groups and direct chats, who show it; of an erased file, whoever receives a conversation that shows it; and of an
// erased person, everybody, since the person may have spoken anywhere, and any account may know that this one is gone.

import type { Event } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import type { Recorded } from '../../store/ports.ts';
import type { LogPage } from '../delivery/logPages.ts';
import type { Protocol } from '../protocol.ts';
import { createKnownMemberships, type MembershipsOf } from './knownMemberships.ts';
import { changesLooks, isOwn, type Subscriber } from './subscriber.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Whom an event is for. */
interface Audience {
  readonly userId: string;
  /** The conversations whose members show the account, with the position at which it became one of them. */
  readonly conversations: ReadonlyMap<string, number>;
  /** Everybody who receives one of the conversations, a member or not; or everybody. Undefined: the members. */
  readonly also?: 'receivers' | 'everybody';
  /** The conversation whose other members are told how far the account has read. */
  readonly receipt?: string;
}

/** Subscribers of one protocol, and which frame of the event they receive. Default: the usual one. */
export type Receivers = readonly [Protocol, ReadonlySet<Subscriber>, variant?: 'seen'];

/** By place in a page. */
export type Audiences = ReadonlyMap<number, Audience>;

/** Conversations with one file that are looked at. */
const LOOKED_AT = 5000;

const userIdOf = ({ data }: Event): string =>
  ('userId' in data ? data.userId : 'ownerId' in data ? data.ownerId : null) ?? '';

export type Acquaintances = ReturnType<typeof createAcquaintances>;

export const createAcquaintances = (
  { queries, progress, decode, log }: Pick<Services, 'queries' | 'progress' | 'decode' | 'log'>,
  subscriptions: Subscriptions,
) => {
  /** Is it about the subscriber's own account, or did both belong to one of the conversations at this position? */
  const isFor = (subscriber: Subscriber, { userId, conversations, also }: Audience, position: number): boolean => {
    const { principal, byMembership } = subscriber;
    if (!byMembership) return false;
    if (principal.userId === userId || also === 'everybody') return true;
    for (const [conversationId, since] of conversations) {
      const own = also
        ? subscriptions.receivesFrom(subscriber, conversationId)
        : principal.memberships.get(conversationId);
      if (own !== undefined && Math.max(own, since) <= position) return true;
    }
    return false;
  };

  /** Is the subscriber's account told how far another one has read? */
  const isTold = (subscriber: Subscriber, { userId, receipt }: Audience, position: number): boolean => {
    const { principal, byMembership } = subscriber;
    const since = receipt === undefined || !byMembership ? undefined : principal.memberships.get(receipt);
    if (since === undefined || since > position || principal.userId === userId) return false;
    return subscriptions.sharesReceipts(subscriber, receipt!);
  };

  const asked = new WeakMap<LogPage, Promise<Audiences>>();

  /** Undefined: nobody can read the event. */
  const read = (recorded: Recorded): Event | undefined => {
    try {
      return decode(recorded);
    } catch {
      return undefined;
    }
  };

  /** The conversations that show a file. @throws Unavailable */
  const showing = async (fileId: string): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for await (const conversationId of queries.conversationsWith(fileId))
      if (found.set(conversationId, 0).size === LOOKED_AT) break;
    return found;
  };

  /** What `ask` finds in the views, or nothing while they are away. */
  const ifThere = async (ask: () => Promise<Map<string, number>>): Promise<Map<string, number>> => {
    if (!progress.isReady || progress.isAway) return new Map();
    return ask().catch((error: unknown) => {
      log.warn({ err: error }, 'not everybody who shows an account or a file is told of its change');
      return new Map();
    });
  };

  const { inViews, atOnce, apply } = createKnownMemberships({ queries }, subscriptions, ifThere);

  /** Undefined: nobody is told of the event. */
  const audienceOf = async (
    event: Event,
    membershipsOf: MembershipsOf,
    conversationsWith: typeof showing,
  ): Promise<Audience | undefined> => {
    const userId = userIdOf(event);
    if (isOwn(event)) {
      const receipt = event.type === 'MessagesRead' && event.data.receipt ? event.data.conversationId : undefined;
      return { userId, conversations: new Map(), ...(receipt && { receipt }) };
    }
    if (event.type === 'PersonErased') return { userId, conversations: new Map(), also: 'everybody' };
    if (event.type === 'FileErased')
      return { userId, conversations: await conversationsWith(event.data.fileId), also: 'receivers' };
    if (!changesLooks(event)) return undefined;
    return { userId, conversations: await membershipsOf(userId) };
  };

  const audiencesIn = async ({ personal, events }: LogPage): Promise<Audiences> => {
    const found = new Map<number, Audience>();
    for (const place of personal) {
      const event = read(events[place]!);
      const audience = event && (await audienceOf(event, inViews, showing));
      if (audience !== undefined) found.set(place, audience);
    }
    return found;
  };

  const toldOf = (audience: Audience, position: number): readonly Receivers[] => {
    const { receipt } = audience;
    const members = receipt === undefined ? [] : [...subscriptions.subscribersOf(receipt)];
    const told = members.map(([protocol, subscribers]): Receivers => {
      const others = [...subscribers].filter((subscriber) => isTold(subscriber, audience, position));
      return [protocol, new Set(others), 'seen'];
    });
    return told.filter(([, subscribers]) => subscribers.size > 0);
  };

  return {
    isFor,
    isTold,
    /** The conversations whose members show the account, as far as they are known. */
    conversationsOf: async (userId: string): Promise<Iterable<string>> => (await atOnce(userId)).keys(),
    /** The fan-out has come to this event of a conversation. */
    apply,

    /** The receivers of an event that the fan-out has come to. The function is called without a pause before the write. */
    receiversOf: async (recorded: Recorded): Promise<() => readonly Receivers[]> => {
      const event = subscriptions.size === 0 ? undefined : read(recorded);
      const audience = event && (await audienceOf(event, atOnce, (fileId) => ifThere(() => showing(fileId))));
      return () => {
        if (audience === undefined) return [];
        const receivers = new Map<Protocol, Set<Subscriber>>();
        const add = (subscriber: Subscriber): void => {
          if (subscriber.state !== 'live' || !isFor(subscriber, audience, recorded.position)) return;
          const { protocol } = subscriber;
          receivers.set(protocol, (receivers.get(protocol) ?? new Set()).add(subscriber));
        };
        const own = subscriptions.principals.get(audience.userId);
        const principals = audience.also === 'everybody' ? subscriptions.principals.values() : own ? [own] : [];
        for (const { subscribers } of principals) subscribers.forEach(add);
        for (const conversationId of audience.conversations.keys())
          for (const subscribers of subscriptions.subscribersOf(conversationId).values()) subscribers.forEach(add);
        return [...receivers, ...toldOf(audience, recorded.position)];
      };
    },

    /** The audiences of the events of a page. @throws Unavailable */
    among: (page: LogPage): Promise<Audiences> => {
      const known = asked.get(page);
      if (known !== undefined) return known;
      const audiences = audiencesIn(page);
      asked.set(page, audiences);
      audiences.catch(() => asked.delete(page));
      return audiences;
    },
  };
};

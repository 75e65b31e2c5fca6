// The hub: knows who is subscribed to what, follows the log, and sends every event to those entitled to it.

import type { Identity } from '../commands/authenticate.ts';
import { ownerOf } from '../commands/claims.ts';
import { visitorOf } from '../domain/accessFacts.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import { createFanOut } from './delivery/fanOut.ts';
import { createFrameCache } from './delivery/frameCache.ts';
import { createHistory } from './delivery/history.ts';
import { createLogDocuments } from './delivery/logDocuments.ts';
import type { Protocol, Sink } from './protocol.ts';
import { createPrincipals } from './subscribers/principals.ts';
import { newPrincipal, type Subscriber } from './subscribers/subscriber.ts';
import { Subscriptions } from './subscribers/subscriptions.ts';
import { textFrame } from './textFrame.ts';

export type { Subscriber } from './subscribers/subscriber.ts';

/** Who subscribes: an account, or a visitor of a desk who is known by an e-mail address alone. */
export type Who = { readonly identity: Identity } | { readonly email: string };

export interface NewSubscriber {
  readonly who: Who;
  readonly protocol: Protocol;
  readonly sink: Sink;
  /** Receives every conversation its user is a member of, beside those it watches. */
  readonly byMembership: boolean;
}

export type Hub = ReturnType<typeof createHub>;

/** Sockets of one account at most. */
export const SOCKETS_PER_USER = 200;

/** This account has as many sockets as one may have. */
export class TooManySockets extends Error {
  override readonly name = 'TooManySockets';
}

type HubServices = Pick<
  Services,
  'core' | 'events' | 'decode' | 'queries' | 'progress' | 'authenticator' | 'log' | 'metrics' | 'startHead'
>;

const signInOf = (identity: Identity | undefined): Pick<Subscriber, 'sessionId' | 'keyHash'> => ({
  sessionId: identity?.sessionId ?? null,
  keyHash: identity?.keyHash ?? null,
});

export const createHub = (services: HubServices) => {
  const { core, events, decode, queries, progress, authenticator, log, metrics, startHead } = services;
  const livePosition = (): number => fanOut.position;
  const subscriptions = new Subscriptions(livePosition);
  const documents = createLogDocuments(events, decode);
  const frameOf = createFrameCache(documents, decode, log);
  const principalOf = createPrincipals(subscriptions, queries, progress, livePosition);

  /** Watches a conversation and learns what it is, if it exists. @throws Unavailable, Unreadable */
  const learn = async (subscriber: Subscriber, conversationId: string): Promise<void> => {
    subscriptions.watch(subscriber, conversationId);
    if (subscriptions.isKnown(conversationId)) return;
    const made = await documents.conversationAsMade(conversationId);
    if (made === undefined) return;
    const { kind, public: isPublic, visitorEmail, createdBy } = made;
    subscriptions.learn(conversationId, { kind, public: isPublic, visitorEmail, createdBy });
  };

  const fanOut = createFanOut({
    subscriptions,
    frameOf,
    documents,
    decode,
    from: startHead,
    learn,
    onSent: ({ at }) => metrics.pushed(at),
  });

  /** Asked after the subscriber was added: the fan-out sees what ends its sign-in from then on. */
  const mustBeGood = async (subscriber: Subscriber, identity: Identity): Promise<void> => {
    const isGood = await authenticator.isGood(identity);
    if (!isGood || subscriber.state === 'gone') throw new Refused('signed-out');
  };

  const watch = async (subscriber: Subscriber, conversationId: string): Promise<boolean> => {
    await learn(subscriber, conversationId);
    return subscriptions.receives(subscriber, conversationId);
  };

  return {
    /** Every subscriber that is live has received everything up to here. */
    get position(): number {
      return fanOut.position;
    },
    /** Subscribers at present. */
    get size(): number {
      return subscriptions.size;
    },

    /**
     * Sends events until `signal` aborts, from where it was the last time. Calls `onGoing` when it has sent some, or
     * there are none to send. @throws Unavailable a store is away; Unreadable
     */
    run: async (signal: AbortSignal, onGoing: () => void = () => undefined): Promise<void> => {
      if (fanOut.position >= (await events.head())) onGoing();
      for await (const batch of events.follow(fanOut.position, signal)) {
        await fanOut.take(batch);
        onGoing();
      }
    },

    /**
     * Adds a subscriber, which receives nothing before `goLive` or `resume`. From now on a log-out, a new password or a
     * deletion closes its sink with 4401.
     * @throws Refused `signed-out`; TooManySockets; Unavailable
     */
    add: async ({ who, ...given }: NewSubscriber): Promise<Subscriber> => {
      const identity = 'identity' in who ? who.identity : undefined;
      const goodAt = identity === undefined ? 0 : await events.head();
      const principal =
        'email' in who ? newPrincipal(visitorOf(who.email)) : principalOf(who.identity.user.userId, goodAt);
      if (principal.subscribers.length >= SOCKETS_PER_USER) throw new TooManySockets();
      const subscriber: Subscriber = {
        ...given,
        principal,
        ...signInOf(identity),
        goodAt,
        state: 'silent',
        cursor: 0,
        watches: undefined,
        slug: undefined,
      };
      subscriptions.add(subscriber);
      try {
        await principal.loading;
        if (identity !== undefined) await mustBeGood(subscriber, identity);
        return subscriber;
      } catch (error) {
        subscriptions.remove(subscriber);
        throw error;
      }
    },

    remove: (subscriber: Subscriber): void => subscriptions.remove(subscriber),

    /** Is the sign-in still good, though the fan-out may not have come to its end yet? @throws Unavailable */
    isGood: async ({ principal: { userId }, sessionId, keyHash }: Subscriber): Promise<boolean> =>
      userId === null || authenticator.isGood({ user: { userId }, sessionId, keyHash }),

    /** Another credential of the same user from now on. @throws Refused `signed-out` */
    renew: async (subscriber: Subscriber, identity: Identity): Promise<void> => {
      const goodAt = await events.head();
      Object.assign(subscriber, signInOf(identity), { goodAt });
      await mustBeGood(subscriber, identity);
    },

    /**
     * Receives a conversation as well, as long as its user may read it; it need not exist yet.
     * @returns whether its user may read it now. @throws Unavailable
     */
    watch,

    /** Receives the conversation that goes by `slug`, once there is one. @throws Unavailable */
    watchSlug: async (subscriber: Subscriber, slug: string): Promise<void> => {
      subscriptions.watchSlug(subscriber, slug);
      const found = await ownerOf(core, 'slug', slug);
      if (found !== undefined) await watch(subscriber, found);
    },

    unwatch: (subscriber: Subscriber, conversationId: string): void =>
      subscriptions.unwatch(subscriber, conversationId),

    receives: (subscriber: Subscriber, conversationId: string): boolean =>
      subscriptions.receives(subscriber, conversationId),

    /** May the subscriber's user write in a conversation that it receives? */
    mayWrite: (subscriber: Subscriber, conversationId: string): boolean =>
      subscriptions.mayWrite(subscriber, conversationId),

    /** Receives what comes from now on. */
    goLive: (subscriber: Subscriber): void => {
      if (subscriber.state === 'silent') subscriptions.goLive(subscriber);
    },

    /** Receives everything after a position, then what comes: see `createHistory`. */
    resume: createHistory(events, subscriptions, frameOf, livePosition),

    /** From where the subscriber could resume, were it closed now; undefined: it has received nothing. */
    resumeAt: ({ state, cursor }: Subscriber): number | undefined => {
      if (state === 'silent') return undefined;
      return state === 'live' ? Math.max(cursor, fanOut.position) : cursor;
    },

    /** Sends what is not recorded to the others that receive this conversation by the same protocol. */
    sendUnrecorded: ({ protocol, principal }: Subscriber, conversationId: string, text: string): void => {
      const frame = textFrame(text);
      for (const other of subscriptions.subscribersOf(conversationId).get(protocol) ?? [])
        if (other.principal !== principal) other.sink.write(frame);
    },
  };
};

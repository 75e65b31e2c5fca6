// The hub: adds subscribers, follows the log, and sends each event to the subscribers that may receive it.

import type { Identity } from '../commands/authenticate.ts';
import { ownerOf } from '../commands/claims.ts';
import { visitor } from '../domain/accessFacts.ts';
import { Refused } from '../domain/refused.ts';
import { checkScope } from '../domain/scopes.ts';
import type { DeviceState } from '../presence/states.ts';
import type { Services } from '../services.ts';
import { createCatchUp } from './delivery/catchUp.ts';
import { createEarlierMessages } from './delivery/earlierMessages.ts';
import { createFanOut } from './delivery/fanOut.ts';
import { createFates } from './delivery/fates.ts';
import { createFrameCache } from './delivery/frameCache.ts';
import { createLogDocuments } from './delivery/logDocuments.ts';
import { createLogPages } from './delivery/logPages.ts';
import { createUnrecorded } from './elsewhere.ts';
import { native } from './frames.ts';
import type { Protocol, Sink } from './protocol.ts';
import { createAcquaintances } from './subscribers/acquaintances.ts';
import { createPrincipals } from './subscribers/principals.ts';
import type { SignIn } from './subscribers/signIn.ts';
import { newPrincipal, type Principal, type Subscriber } from './subscribers/subscriber.ts';
import { Subscriptions } from './subscribers/subscriptions.ts';
import { tellPresence } from './tellPresence.ts';

export type { Subscriber } from './subscribers/subscriber.ts';

/** The user of a new subscriber: an account, or a visitor without one at its desk. */
export type Who = { readonly identity: Identity } | { readonly visits: string };

export interface NewSubscriber {
  readonly who: Who;
  readonly protocol: Protocol;
  readonly sink: Sink;
  /** Whether it receives the conversations of its user's memberships, beside those that it watches. */
  readonly byMembership: boolean;
}

export type Hub = ReturnType<typeof createHub>;

/** Most sockets of one account. */
export const SOCKETS_PER_USER = 200;

/** The account has the most sockets already. */
export class TooManySockets extends Error {
  override readonly name = 'TooManySockets';
}

const signInOf = (identity: Identity | undefined, goodAt: number): SignIn => ({
  sessionId: identity?.sessionId ?? null,
  keyHash: identity?.keyHash ?? null,
  outsideAt: identity?.outsideAt,
  scopes: identity?.scopes ?? null,
  goodAt,
});

/** Is its account there because of it? Foreign APIs know nothing of presence. */
const showsPresence = ({ principal, byMembership, protocol }: Subscriber): boolean =>
  principal.userId !== null && byMembership && protocol.name === native.name;

/** Its desk is all that it is a member of. */
const visitorAt = (deskId: string): Principal => {
  const principal = newPrincipal(visitor);
  principal.memberships.set(deskId, 0);
  return principal;
};

export const createHub = (services: Services) => {
  const { core, events, authenticator, presence } = services;
  const livePosition = (): number => fanOut.position;
  const subscriptions = new Subscriptions(livePosition);
  const documents = createLogDocuments(services);
  const frames = createFrameCache(services, documents);
  const pages = createLogPages(services);
  const fates = createFates(services);
  const earlier = createEarlierMessages(services, documents);
  const acquaintances = createAcquaintances(services, subscriptions);
  const principalOf = createPrincipals(services, subscriptions, livePosition);

  /** Watches a conversation, and reads its facts if it exists. @throws Unavailable, Unreadable */
  const learn = async (subscriber: Subscriber, conversationId: string): Promise<void> => {
    subscriptions.watch(subscriber, conversationId);
    if (subscriptions.isKnown(conversationId)) return;
    const made = await documents.conversationAsMade(conversationId);
    if (made !== undefined) subscriptions.learn(conversationId, made);
  };

  const sendUnrecorded = createUnrecorded(services, subscriptions);
  const stopTelling = tellPresence(services, subscriptions, acquaintances);
  const fanOut = createFanOut(services, subscriptions, documents, frames, fates, earlier, acquaintances, learn);

  /** Checked after the subscriber has the sign-in or the renewal: from then on the fan-out sees what ends it. */
  const mustBeGood = async (subscriber: Subscriber, identity: Identity): Promise<void> => {
    const isGood = await authenticator.isGood(identity);
    if (!isGood || subscriber.state === 'gone') throw new Refused('signed-out');
  };

  return {
    /** Every live subscriber has received everything up to this position. */
    get position(): number {
      return fanOut.position;
    },
    get size(): number {
      return subscriptions.size;
    },

    /** Sends events until `signal` aborts: see `createFanOut`. */
    run: (signal: AbortSignal, onGoing?: () => void): Promise<void> => {
      signal.addEventListener('abort', stopTelling, { once: true });
      return fanOut.run(signal, onGoing);
    },

    /**
     * Adds a subscriber, which receives nothing before `goLive` or `resume`. When its sign-in ends, its sink is closed with
     * 4401. @throws Refused `signed-out`, `scope-missing`; TooManySockets; Unavailable
     */
    add: async ({ who, ...newcomer }: NewSubscriber): Promise<Subscriber> => {
      const identity = 'identity' in who ? who.identity : undefined;
      if (identity !== undefined) checkScope(identity.scopes, 'read');
      const goodAt = identity === undefined ? 0 : await events.head();
      const principal = 'visits' in who ? visitorAt(who.visits) : principalOf(who.identity.user.userId, goodAt);
      if (principal.subscribers.length >= SOCKETS_PER_USER) throw new TooManySockets();
      const state = { state: 'silent', cursor: 0, watches: undefined, awaits: undefined, renewal: undefined } as const;
      const subscriber: Subscriber = { ...newcomer, principal, ...signInOf(identity, goodAt), ...state };
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

    /** These keys were destroyed: nothing that was read or made with them is sent from here on. */
    forget: (keyNames: readonly string[]): void => {
      documents.forget(keyNames);
      for (const cache of [pages, frames]) cache.forget();
    },

    /** Streams that frames need and that cannot be read. Others' frames go on. */
    troubles: documents.troubles,

    remove: (subscriber: Subscriber): void => {
      subscriptions.remove(subscriber);
      if (showsPresence(subscriber)) presence.left(subscriber.principal.userId!, subscriber);
    },

    /** The subscriber has received what it missed: from now on its person is there. */
    arrive: (subscriber: Subscriber): void => {
      if (showsPresence(subscriber) && subscriber.state === 'live')
        presence.arrived(subscriber.principal.userId!, subscriber);
    },

    /** What the subscriber's device says of its person. */
    say: (subscriber: Subscriber, state: DeviceState): void => {
      if (showsPresence(subscriber)) presence.say(subscriber.principal.userId!, subscriber, state);
    },

    /** Is the sign-in still good? The fan-out may not have reached the event that ended it. @throws Unavailable */
    isGood: async ({ principal: { userId }, sessionId, keyHash, outsideAt }: Subscriber): Promise<boolean> =>
      userId === null || authenticator.isGood({ user: { userId }, sessionId, keyHash, outsideAt }),

    /**
     * Replaces the credential by another one of the same user. If it throws, the credential is the one from before.
     * @throws Refused `signed-out`, `scope-missing`; Unavailable
     */
    renew: async (subscriber: Subscriber, identity: Identity): Promise<void> => {
      checkScope(identity.scopes, 'read');
      const renewal = signInOf(identity, await events.head());
      subscriber.renewal = renewal;
      try {
        await mustBeGood(subscriber, identity);
        Object.assign(subscriber, renewal);
      } finally {
        subscriber.renewal = undefined;
      }
    },

    /**
     * The subscriber receives this conversation too, while its user may read it. The conversation need not exist yet.
     * @returns whether its user may read it now, muted or not. @throws Unavailable
     */
    watch: async (subscriber: Subscriber, conversationId: string): Promise<boolean> => {
      await learn(subscriber, conversationId);
      return subscriptions.follows(subscriber, conversationId);
    },

    /** The subscriber receives the conversation with this slug, once there is one. @throws Unavailable */
    watchSlug: async (subscriber: Subscriber, slug: string): Promise<void> => {
      subscriptions.awaitedNames.add(subscriber, 'slug', [slug]);
      const found = await ownerOf(core, 'slug', slug);
      if (found !== undefined) await learn(subscriber, found);
    },

    /** The subscriber receives the direct chat of these two usernames, once one of them is its user's. @throws Unavailable */
    watchPair: async (subscriber: Subscriber, usernames: readonly [string, string]): Promise<void> => {
      const awaited = subscriptions.awaitedNames.add(subscriber, 'username', usernames);
      const owners = await Promise.all(usernames.map((username) => ownerOf(core, 'username', username)));
      const chatId = subscriptions.awaitedNames.found(subscriber, awaited, owners);
      if (chatId !== undefined) await learn(subscriber, chatId);
    },

    unwatch: (subscriber: Subscriber, conversationId: string): void =>
      subscriptions.unwatch(subscriber, conversationId),

    /** Would the subscriber receive the conversation, if its user had not muted it? */
    follows: (subscriber: Subscriber, conversationId: string): boolean =>
      subscriptions.follows(subscriber, conversationId),

    /** Is the subscriber's user in this conversation? Anybody is in a room. */
    belongs: (subscriber: Subscriber, conversationId: string): boolean =>
      subscriptions.belongs(subscriber, conversationId),

    /** May the subscriber's user write in this conversation? The views know roles and policies. @throws Unavailable */
    mayWrite: async ({ principal: { userId } }: Subscriber, conversationId: string): Promise<boolean> =>
      userId !== null && (await services.queries.writable(conversationId, userId)) !== undefined,

    /** The position of the newest event that the user's sockets received here, closed ones too; 0 if there is none. */
    receivedBy: (userId: string): number => subscriptions.receivedBy(userId),

    /** Accounts with a socket here that receives the conversation, at most so many. */
    presentIn: (conversationId: string, most: number): readonly string[] =>
      subscriptions.presentIn(conversationId, most),

    /** The subscriber receives what happens from now on. */
    goLive: (subscriber: Subscriber): void => {
      if (subscriber.state === 'silent') subscriptions.goLive(subscriber);
    },

    /** The subscriber receives everything after a position: see `createCatchUp`. */
    resume: createCatchUp(services, subscriptions, frames, fates, earlier, acquaintances, livePosition, pages),

    /** The position after which a closed subscriber can resume; undefined: it has received nothing. */
    resumeAt: ({ state, cursor }: Subscriber): number | undefined => {
      if (state === 'silent') return undefined;
      return state === 'live' ? Math.max(cursor, fanOut.position) : cursor;
    },

    /** Sends an unrecorded frame to the other users that receive this conversation by the same protocol, at any process. */
    sendUnrecorded,
  };
};

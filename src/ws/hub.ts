// The hub: follows the log and tells every event to those entitled to it. It says who hears; a protocol says what.

import type { Identity } from '../commands/authenticate.ts';
import { ownerOf } from '../commands/claims.ts';
import { visitorOf } from '../domain/accessFacts.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import { Audience } from './audience.ts';
import { createFacts } from './facts.ts';
import { createFraming } from './framing.ts';
import { createHistory } from './history.ts';
import { type Listener, newPerson } from './listener.ts';
import { createLookUp } from './lookUp.ts';
import type { Protocol, Sink } from './protocol.ts';
import { createTelling } from './telling.ts';
import { textFrame } from './textFrame.ts';

export type { Listener } from './listener.ts';

/** Who listens: an account, or a visitor of a desk who is known by an e-mail address alone. */
export type Who = { readonly identity: Identity } | { readonly email: string };

export interface Joining {
  readonly who: Who;
  readonly protocol: Protocol;
  readonly sink: Sink;
  /** Hears every conversation its user is a member of, beside those it watches. */
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
  'core' | 'events' | 'queries' | 'progress' | 'authenticator' | 'log' | 'metrics' | 'startHead'
>;

const signInOf = (identity: Identity | undefined): Pick<Listener, 'sessionId' | 'keyHash'> => ({
  sessionId: identity?.sessionId ?? null,
  keyHash: identity?.keyHash ?? null,
});

export const createHub = (services: HubServices) => {
  const { core, events, queries, progress, authenticator, log, metrics, startHead } = services;
  const told = (): number => telling.position;
  const audience = new Audience(told);
  const facts = createFacts(events);
  const framing = createFraming(facts, log);
  const lookUp = createLookUp({ audience, facts, queries, progress, told });
  const telling = createTelling({
    audience,
    framing,
    facts,
    from: startHead,
    learn: lookUp.conversation,
    onTold: ({ at }) => metrics.pushed(at),
  });
  const history = createHistory({ events, framing, audience, told });

  /** Asked after the listener was added: what ends its sign-in from then on is seen in the log. */
  const mustBeGood = async (listener: Listener, identity: Identity): Promise<void> => {
    const isGood = await authenticator.isGood(identity);
    if (!isGood || listener.state === 'gone') throw new Refused('signed-out');
  };

  const watch = async (listener: Listener, conversationId: string): Promise<boolean> => {
    await lookUp.conversation(listener, conversationId);
    return audience.hears(listener, conversationId);
  };

  return {
    /** Everything up to here was told to everyone entitled who listens live. */
    get position(): number {
      return telling.position;
    },
    /** Listeners at present. */
    get size(): number {
      return audience.size;
    },

    /**
     * Tells events until `signal` aborts, from where it was the last time. `onGoing` is called when it has told some, or
     * there are none to tell. @throws Unavailable a store is away; Unreadable
     */
    run: async (signal: AbortSignal, onGoing: () => void = () => undefined): Promise<void> => {
      if (telling.position >= (await events.head())) onGoing();
      for await (const batch of events.follow(telling.position, signal)) {
        await telling.take(batch);
        onGoing();
      }
    },

    /**
     * Takes a listener in; it hears nothing before `listen` or `resume`. From now on a log-out, a new password or a
     * deletion closes its sink with 4401.
     * @throws Refused `signed-out`; TooManySockets; Unavailable
     */
    join: async ({ who, protocol, sink, byMembership }: Joining): Promise<Listener> => {
      const identity = 'identity' in who ? who.identity : undefined;
      const goodAt = identity === undefined ? 0 : await events.head();
      const person = 'email' in who ? newPerson(visitorOf(who.email)) : lookUp.person(who.identity.user.userId, goodAt);
      if (person.listeners.length >= SOCKETS_PER_USER) throw new TooManySockets();
      const listener: Listener = {
        protocol,
        sink,
        person,
        byMembership,
        ...signInOf(identity),
        goodAt,
        state: 'silent',
        cursor: 0,
        watches: undefined,
        slug: undefined,
      };
      audience.add(listener);
      try {
        await lookUp.found(person);
        if (identity !== undefined) await mustBeGood(listener, identity);
        return listener;
      } catch (error) {
        audience.remove(listener);
        throw error;
      }
    },

    /** Is what let it in still good, whether or not the hub has come by its end? @throws Unavailable */
    isGood: async ({ person: { userId }, sessionId, keyHash }: Listener): Promise<boolean> =>
      userId === null || authenticator.isGood({ user: { userId }, sessionId, keyHash }),

    /** Another credential of the same user from now on. @throws Refused `signed-out` */
    renew: async (listener: Listener, identity: Identity): Promise<void> => {
      const goodAt = await events.head();
      Object.assign(listener, signInOf(identity), { goodAt });
      await mustBeGood(listener, identity);
    },

    /**
     * Hears a conversation as well, as long as its user may read it; it need not exist yet.
     * @returns whether its user may read it now. @throws Unavailable
     */
    watch,

    /** Hears the conversation that goes by `slug`, from when there is one. @throws Unavailable */
    watchSlug: async (listener: Listener, slug: string): Promise<void> => {
      audience.await(listener, slug);
      const found = await ownerOf(core, 'slug', slug);
      if (found !== undefined) await watch(listener, found);
    },

    unwatch: (listener: Listener, conversationId: string): void => audience.unwatch(listener, conversationId),

    /** How many conversations it watches. */
    watching: (listener: Listener): number => listener.watches?.size ?? 0,

    /** May the listener read this conversation, and is it told of it? */
    hears: (listener: Listener, conversationId: string): boolean => audience.hears(listener, conversationId),

    /** May the listener's user speak in a conversation that it hears? */
    mayWrite: (listener: Listener, conversationId: string): boolean => audience.mayWrite(listener, conversationId),

    /** Hears what comes from now on. */
    listen: (listener: Listener): void => {
      if (listener.state === 'silent') audience.enter(listener);
    },

    /**
     * Tells the listener everything after `after`, a page at a time, and then what comes: each event once, in order.
     * `onLive` is called between the two. Resolves when it is live, or gone.
     * @throws Unavailable the log cannot be read; the listener is where `resumeAt` says.
     */
    resume: (listener: Listener, after: number, onLive: (position: number) => void): Promise<void> =>
      history(listener, after, onLive),

    /** From where the listener could go on, were it closed now; undefined: it was told nothing. */
    resumeAt: ({ state, cursor }: Listener): number | undefined => {
      if (state === 'silent') return undefined;
      return state === 'live' ? Math.max(cursor, telling.position) : cursor;
    },

    /** Tells the others who hear this conversation, and speak alike, something that is not recorded. */
    whisper: ({ protocol, person }: Listener, conversationId: string, text: string): void => {
      const frame = textFrame(text);
      for (const other of audience.hearing(conversationId).get(protocol) ?? [])
        if (other.person !== person) other.sink.write(frame);
    },

    leave: (listener: Listener): void => audience.remove(listener),
  };
};

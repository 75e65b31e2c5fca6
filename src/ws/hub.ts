// The hub: follows the log and tells every event to those entitled to it. It says who hears; a protocol says what.

import type { Identity } from '../commands/authenticate.ts';
import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import { type Recorded, Unavailable } from '../store/ports.ts';
import { Audience, type Channel, concerned, type Listener, type Person } from './audience.ts';
import { createFraming } from './framing.ts';
import { createHistory } from './history.ts';
import { CLOSE, type Protocol, type Sink } from './protocol.ts';
import { textFrame } from './textFrame.ts';

/** Who listens: an account, or a visitor of a desk who is known by an e-mail address alone. */
export type Who = { readonly identity: Identity } | { readonly email: string };

export interface Joining {
  readonly who: Who;
  readonly protocol: Protocol;
  readonly sink: Sink;
  /** Every conversation its user is a member of, beside those it watches. */
  readonly byMembership: boolean;
}

/** A listener's end of the hub; kept by the socket it speaks for, and given back with every call. */
export type { Listener } from './audience.ts';

export type Hub = ReturnType<typeof createHub>;

/** Sockets of one account at most. */
export const SOCKETS_PER_USER = 200;
/** Milliseconds that who joins waits for the views to come near the log. */
const JOIN_WAIT = 10_000;
/** Bytes of frames that leave in one write. */
const BURST = 64 * 1024;
const PAGE = 500;

const CONVERSATION = 'conversation-';
const MESSAGES = 'messages-';
const USER = 'user-';
const SESSION = 'session-';

type HubServices = Pick<
  Services,
  'events' | 'queries' | 'progress' | 'authenticator' | 'log' | 'metrics' | 'startHead'
> & { readonly core: Pick<Services['core'], 'now'> };

export const createHub = (services: HubServices) => {
  const { events, queries, progress, authenticator, log, metrics, core } = services;
  const audience = new Audience();
  const framing = createFraming(queries, progress, log, services.startHead);
  const loading = new WeakMap<Person, Promise<void>>();
  /** Everything up to here was told. */
  let position = services.startHead;

  // ------------------------------------------------------------------------------------------------ telling

  /** Writes one frame to all who hear it and were not told it before; how many those are. */
  const tell = (listeners: Iterable<Listener>, frame: Buffer, at: number): number => {
    let told = 0;
    for (const { cursor, sink } of listeners)
      if (cursor < at) {
        sink.write(frame);
        told++;
      }
    return told;
  };

  /** Messages of one conversation leave in one write; apart where somebody was told some of them already. */
  const tellRun = (listeners: Iterable<Listener>, run: readonly Event[], frames: readonly Buffer[]): number => {
    if (audience.furthest < run[0]!.position) {
      const burst = joined(frames);
      return burst.length === 0 ? 0 : tell(listeners, burst, position);
    }
    let told = 0;
    for (const [i, frame] of frames.entries()) if (frame.length > 0) told += tell(listeners, frame, run[i]!.position);
    return told;
  };

  /** Tells messages of one conversation, as many as leave in one write. */
  const tellMessages = async (conversationId: string, run: readonly Event[]): Promise<void> => {
    const frames = new Map<Protocol, Buffer[]>();
    const heard = () => audience.channels.get(conversationId)?.heard ?? NOBODY;
    for (let missing = without(heard().keys(), frames); missing.length > 0; missing = without(heard().keys(), frames))
      for (const protocol of missing) {
        const made: Buffer[] = [];
        for (const event of run) made.push((await framing.frame(protocol, event)) ?? EMPTY);
        frames.set(protocol, made);
      }
    // From here to the end nothing else runs: who hears is who may hear now.
    position = run.at(-1)!.position;
    let told = 0;
    for (const [protocol, listeners] of heard()) told += tellRun(listeners, run, frames.get(protocol)!);
    if (told > 0) for (const event of run) observe(event);
  };

  const observe = ({ at }: Event): void =>
    metrics.pushedSeconds.observe(Math.max(0, core.now().getTime() - Date.parse(at)) / 1000);

  /** Tells what happened to a conversation, and changes who hears it: before, or for a departure after. */
  const tellChange = async (event: Event, conversationId: string): Promise<void> => {
    if (event.type === 'SlugGiven')
      for (const waiting of audience.waitingFor(event)) await learn(waiting, conversationId, event.position);
    const frames = new Map<Protocol, Buffer | undefined>();
    const speaking = () => without(audience.protocols.keys(), frames);
    for (let missing = speaking(); missing.length > 0; missing = speaking())
      for (const protocol of missing) frames.set(protocol, await framing.frame(protocol, event));
    const departs = event.type === 'MemberLeft' || event.type === 'MemberRemoved';
    // From here to the end nothing else runs.
    position = event.position;
    if (!departs) audience.apply(event);
    for (const [protocol, listeners] of audience.channels.get(conversationId)?.heard ?? NOBODY) {
      const frame = frames.get(protocol);
      if (frame !== undefined) tell(listeners, frame, position);
    }
    if (departs) audience.apply(event);
  };

  const isHeard = (event: Event, conversationId: string): boolean =>
    audience.channels.has(conversationId) ||
    concerned(event).some((userId) => audience.people.has(userId)) ||
    [...audience.waitingFor(event)].length > 0;

  // --------------------------------------------------------------------------------------------- revocation

  /** Does the event end what this listener was let in by? */
  const ends = (event: Event, { sessionId, keyHash }: Listener): boolean => {
    switch (event.type) {
      case 'SessionClosed':
        return sessionId === event.data.sessionId;
      case 'KeyRevoked':
        return keyHash === event.data.keyHash;
      case 'PasswordChanged':
      case 'UserDeleted':
        return true;
      default:
        return false;
    }
  };

  const userOf = (event: Event): string | undefined => ('userId' in event.data ? event.data.userId : undefined);

  const endListeners = (event: Event): void => {
    const person = audience.people.get(userOf(event) ?? '');
    for (const listener of [...(person?.listeners ?? [])])
      if (event.position > listener.goodAt && ends(event, listener)) {
        listener.sink.end(CLOSE.signedOut);
        audience.remove(listener);
      }
  };

  // -------------------------------------------------------------------------------------------- following

  /** What is not about a conversation: rights, sign-ins, names. */
  const takeAccount = (recorded: Recorded): void => {
    const { stream, type } = recorded;
    if (stream.startsWith(USER)) {
      const userId = stream.slice(USER.length);
      framing.forget(userId, recorded.position);
      if (audience.people.has(userId)) follow(decode(recorded));
    } else if (type === 'SessionClosed') follow(decode(recorded));
    position = recorded.position;
  };

  const follow = (event: Event): void => {
    audience.apply(event);
    endListeners(event);
  };

  const take = async (batch: readonly Recorded[]): Promise<void> => {
    for (let i = 0; i < batch.length; ) {
      const recorded = batch[i]!;
      const { stream } = recorded;
      if (recorded.position <= position) i++;
      else if (stream.startsWith(MESSAGES)) {
        const conversationId = stream.slice(MESSAGES.length);
        if (audience.channels.has(conversationId)) {
          const run = runFrom(batch, i);
          await tellMessages(conversationId, run);
          i += run.length;
        } else {
          position = recorded.position;
          i++;
        }
      } else if (stream.startsWith(CONVERSATION)) {
        const event = decode(recorded);
        const conversationId = stream.slice(CONVERSATION.length);
        if (isHeard(event, conversationId)) await tellChange(event, conversationId);
        position = recorded.position;
        i++;
      } else {
        if (stream.startsWith(USER) || stream.startsWith(SESSION)) takeAccount(recorded);
        position = recorded.position;
        i++;
      }
    }
  };

  // ------------------------------------------------------------------------------------------------ joining

  const isMember = async (person: Person): Promise<void> => {
    for (let after = 0; ; ) {
      const page = await queries.conversationsOf(person.userId!, { after, limit: PAGE });
      for (const { membership } of page) person.memberships.add(membership.conversationId);
      if (page.length < PAGE) return;
      after = page.at(-1)!.membership.since;
    }
  };

  /** Waits for views that have taken what was told before: what they lack will still be told. */
  const nearViews = async (from: number, wanted: number): Promise<void> => {
    if (await progress.reached(Math.max(from, wanted), JOIN_WAIT)) return;
    if (!(await progress.reached(from, 0))) throw new Unavailable('views');
  };

  const lookUp = async (person: Person, goodAt: number): Promise<void> => {
    await nearViews(position, goodAt);
    const user = await queries.user(person.userId!);
    if (user === undefined || user.deleted) throw new Refused('signed-out');
    person.email = user.emailKey;
    if (user.isAdmin) person.roles.add('admin');
    if (user.isStaff) person.roles.add('staff');
    await isMember(person);
    audience.known(person);
  };

  const newPerson = (userId: string | null, email: string | null): Person => ({
    userId,
    email,
    roles: new Set(),
    memberships: new Set(),
    listeners: new Set(),
    missed: userId === null ? undefined : [],
  });

  const personOf = (who: Who, goodAt: number): Person => {
    if ('email' in who) return newPerson(null, canonical('email', who.email));
    const { userId } = who.identity.user;
    const known = audience.people.get(userId);
    if (known) return known;
    const person = newPerson(userId, null);
    audience.people.set(userId, person);
    const lookedUp = lookUp(person, goodAt);
    lookedUp.catch(() => undefined); // whoever joins hears of it
    loading.set(person, lookedUp);
    return person;
  };

  /** Learns what kind of conversation it is, if there is one already. */
  const learn = async (listener: Listener, conversationId: string, wanted: number): Promise<void> => {
    const channel = audience.watch(listener, conversationId);
    if (channel.facts !== undefined) return;
    await nearViews(position, wanted);
    const found = await queries.conversation(conversationId);
    if (found === undefined) return;
    const { kind, public: isPublic, visitorEmailKey } = found;
    audience.learn(conversationId, { kind, public: isPublic, visitorEmail: visitorEmailKey });
  };

  const hub = {
    /** Everything up to here was told to everyone entitled who listens live. */
    get position(): number {
      return position;
    },
    /** Listeners at present. */
    get size(): number {
      return audience.size;
    },

    /** Tells events until `signal` aborts, from where it was the last time. @throws when a store is away */
    run: async (signal: AbortSignal): Promise<void> => {
      for await (const batch of events.follow(position, signal)) await take(batch);
    },

    /**
     * Takes a listener in; it hears nothing before `resume`. From now on a log-out, a new password or a deletion
     * closes its sink with 4401.
     * @throws Refused `signed-out`; TooManySockets; Unavailable
     */
    join: async ({ who, protocol, sink, byMembership }: Joining): Promise<Listener> => {
      const identity = 'identity' in who ? who.identity : undefined;
      const goodAt = identity === undefined ? 0 : await events.head();
      const person = personOf(who, goodAt);
      if (person.listeners.size >= SOCKETS_PER_USER) throw new TooManySockets();
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
        await loading.get(person);
        if (identity !== undefined) await mustBeGood(listener, identity);
        return listener;
      } catch (error) {
        audience.remove(listener);
        throw error;
      }
    },

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
    watch: async (listener: Listener, conversationId: string): Promise<boolean> => {
      await learn(listener, conversationId, await events.head());
      return audience.hears(listener, conversationId);
    },

    /** Hears the conversation that goes by `slug`, from when there is one. @throws Unavailable */
    watchSlug: async (listener: Listener, slug: string): Promise<void> => {
      audience.await(listener, canonical('slug', slug));
      await nearViews(position, await events.head());
      const found = await queries.conversationWithSlug(slug);
      if (found !== undefined && listener.state !== 'gone') await hub.watch(listener, found.id);
    },

    unwatch: (listener: Listener, conversationId: string): void => audience.unwatch(listener, conversationId),

    /** May the listener read this conversation, and is it told of it? */
    hears: (listener: Listener, conversationId: string): boolean => audience.hears(listener, conversationId),

    /** How many conversations it watches. */
    watching: (listener: Listener): number => listener.watches?.size ?? 0,

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
    resumeAt: (listener: Listener): number | undefined => {
      if (listener.state === 'silent') return undefined;
      return listener.state === 'live' ? Math.max(listener.cursor, position) : listener.cursor;
    },

    /** Tells the others who hear this conversation something that is not recorded. */
    whisper: (listener: Listener, conversationId: string, text: string): void => {
      const frame = textFrame(text);
      for (const other of audience.channels.get(conversationId)?.heard.get(listener.protocol) ?? [])
        if (other.person !== listener.person) other.sink.write(frame);
    },

    leave: (listener: Listener): void => audience.remove(listener),
  };

  const mustBeGood = async (listener: Listener, identity: Identity): Promise<void> => {
    const good = await authenticator.isGood(identity);
    if (!good || listener.state === 'gone') throw new Refused('signed-out');
  };

  const history = createHistory({ events, framing, audience, told: () => position });

  return hub;
};

const EMPTY = Buffer.alloc(0);
const NOBODY: Channel['heard'] = new Map();

const joined = (frames: readonly Buffer[]): Buffer => (frames.length === 1 ? frames[0]! : Buffer.concat(frames));

const without = <T>(all: Iterable<T>, done: ReadonlyMap<T, unknown>): T[] => [...all].filter((one) => !done.has(one));

const signInOf = (identity: Identity | undefined): Pick<Listener, 'sessionId' | 'keyHash'> =>
  identity === undefined || identity.sessionId !== null
    ? { sessionId: identity?.sessionId ?? null, keyHash: null }
    : { sessionId: null, keyHash: identity.user.keyHash };

/** The events from `start` on that belong to the same stream, up to a burst. */
const runFrom = (batch: readonly Recorded[], start: number): readonly Event[] => {
  const { stream } = batch[start]!;
  const run: Event[] = [];
  for (let i = start, bytes = 0; i < batch.length && batch[i]!.stream === stream && bytes < BURST; i++) {
    run.push(decode(batch[i]!));
    bytes += batch[i]!.data.length;
  }
  return run;
};

/** This account has as many sockets as one may have. */
export class TooManySockets extends Error {
  override readonly name = 'TooManySockets';
}

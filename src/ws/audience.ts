// Who hears what: listeners, the memberships and rights of their users, and the conversations they hear. Kept in step
// with the log by the hub; holds no socket and asks no store. The rule itself is `mayRead`.

import { type ConversationFacts, mayRead, mayWrite, type Reader } from '../domain/access.ts';
import type { Event } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import type { Protocol, Sink } from './protocol.ts';

/** Somebody who listens, once for all their sockets. */
export interface Person {
  /** Null: a visitor of a desk. */
  readonly userId: string | null;
  /** In canonical form. */
  email: string | null;
  readonly roles: Set<string>;
  /** Groups and direct chats. */
  readonly memberships: Set<string>;
  readonly listeners: Set<Listener>;
  /** What happened to them while they were looked up; undefined: known. */
  missed: Event[] | undefined;
}

export interface Listener {
  readonly protocol: Protocol;
  readonly sink: Sink;
  readonly person: Person;
  /** Hears every conversation its user is a member of. */
  readonly byMembership: boolean;
  /** Signed in by this session, or, where it is null, by the key of this hash. */
  sessionId: string | null;
  keyHash: string | null;
  /** The sign-in was found good when the log ended here: what ended before does not end it. */
  goodAt: number;
  state: 'silent' | 'catching-up' | 'live' | 'gone';
  /** Everything up to here was told, or is not wanted; while live, whatever the hub has told as well. */
  cursor: number;
  /** Conversations it hears beside those of its memberships, as long as its user may read them. */
  watches: Set<string> | undefined;
  /** In canonical form: hears the conversation that goes by it, from when there is one. */
  slug: string | undefined;
}

/** A conversation that somebody hears or waits for. */
export interface Channel {
  /** Undefined: of members alone, or not there yet. */
  facts: ConversationFacts | undefined;
  readonly heard: Map<Protocol, Set<Listener>>;
  watchers: Set<Listener> | undefined;
}

/** A conversation nothing else is known of is open to its members. */
const MEMBERS_ONLY: ConversationFacts = { kind: 'group', public: false, visitorEmail: null };

const factsOf = (event: Event): ConversationFacts | undefined => {
  switch (event.type) {
    case 'GroupCreated':
      return { kind: 'group', public: event.data.public, visitorEmail: null };
    case 'RoomOpened':
      return { kind: 'room', public: true, visitorEmail: null };
    case 'DirectChatStarted':
      return { kind: 'direct', public: false, visitorEmail: null };
    case 'DeskOpened':
      return { kind: 'desk', public: false, visitorEmail: canonical('email', event.data.visitorEmail) };
    default:
      return undefined;
  }
};

/** Whose memberships or rights the event changes. */
export const concerned = (event: Event): readonly string[] => {
  switch (event.type) {
    case 'GroupCreated':
      return [event.data.ownerId];
    case 'DirectChatStarted':
      return event.data.userIds;
    case 'MemberAdded':
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberRemoved':
    case 'EmailChanged':
    case 'RoleGranted':
    case 'RoleRevoked':
      return [event.data.userId];
    default:
      return [];
  }
};

const readerOf = ({ memberships, email, roles }: Person, conversationId: string): Reader => ({
  standing: memberships.has(conversationId) ? 'member' : 'none',
  email,
  isStaff: roles.has('staff') || roles.has('admin'),
});

const given = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
};

export class Audience {
  readonly people = new Map<string, Person>();
  readonly channels = new Map<string, Channel>();
  /** Who waits for a conversation to go by a slug (in canonical form). */
  readonly slugs = new Map<string, Set<Listener>>();
  /** Ways of speaking in use, with how many speak them. */
  readonly protocols = new Map<Protocol, number>();
  size = 0;
  /** The furthest that any listener was told before it went on live; mostly behind the hub. */
  furthest = 0;

  add(listener: Listener): void {
    listener.person.listeners.add(listener);
    this.protocols.set(listener.protocol, (this.protocols.get(listener.protocol) ?? 0) + 1);
    this.size++;
  }

  remove(listener: Listener): void {
    if (listener.state === 'gone') return;
    const interests = this.#interests(listener);
    listener.state = 'gone';
    for (const conversationId of interests) this.settle(listener, conversationId);
    for (const conversationId of listener.watches ?? []) this.unwatch(listener, conversationId);
    if (listener.slug !== undefined) this.#stopWaiting(listener, listener.slug);
    const { person, protocol } = listener;
    person.listeners.delete(listener);
    if (person.listeners.size === 0 && person.userId !== null && this.people.get(person.userId) === person)
      this.people.delete(person.userId);
    const speakers = this.protocols.get(protocol)! - 1;
    if (speakers === 0) this.protocols.delete(protocol);
    else this.protocols.set(protocol, speakers);
    this.size--;
  }

  /** May the listener be told of this conversation, and does it want to be? */
  hears(listener: Listener, conversationId: string): boolean {
    const { person, byMembership, watches } = listener;
    const wants = (byMembership && person.memberships.has(conversationId)) || watches?.has(conversationId);
    return wants === true && mayRead(this.#factsOf(conversationId), readerOf(person, conversationId));
  }

  mayWrite({ person }: Listener, conversationId: string): boolean {
    return mayWrite(this.#factsOf(conversationId), readerOf(person, conversationId));
  }

  /** Begins to tell the listener what it wants and may hear. */
  enter(listener: Listener): void {
    listener.state = 'live';
    this.furthest = Math.max(this.furthest, listener.cursor);
    for (const conversationId of this.#interests(listener)) this.settle(listener, conversationId);
  }

  watch(listener: Listener, conversationId: string): Channel {
    listener.watches ??= new Set();
    listener.watches.add(conversationId);
    const channel = this.#channel(conversationId);
    channel.watchers ??= new Set();
    channel.watchers.add(listener);
    this.settle(listener, conversationId);
    return channel;
  }

  /** Hears the conversation that goes by `slug`, once there is one. */
  await(listener: Listener, slug: string): void {
    listener.slug = slug;
    given(this.slugs, slug, () => new Set<Listener>()).add(listener);
  }

  unwatch(listener: Listener, conversationId: string): void {
    listener.watches?.delete(conversationId);
    this.channels.get(conversationId)?.watchers?.delete(listener);
    this.settle(listener, conversationId);
  }

  /** Takes note of what a conversation is, where somebody waits for it. */
  learn(conversationId: string, facts: ConversationFacts): void {
    const channel = this.channels.get(conversationId);
    if (channel === undefined || channel.facts !== undefined) return;
    channel.facts = facts;
    for (const watcher of channel.watchers ?? []) this.settle(watcher, conversationId);
  }

  /** Puts a listener among those who hear a conversation, or takes it away, as `hears` says. */
  settle(listener: Listener, conversationId: string): void {
    const { protocol } = listener;
    if (listener.state === 'live' && this.hears(listener, conversationId)) {
      given(this.#channel(conversationId).heard, protocol, () => new Set<Listener>()).add(listener);
      return;
    }
    const channel = this.channels.get(conversationId);
    if (channel === undefined) return;
    const hearing = channel.heard.get(protocol);
    hearing?.delete(listener);
    if (hearing?.size === 0) channel.heard.delete(protocol);
    if (channel.heard.size === 0 && !channel.watchers?.size) this.channels.delete(conversationId);
  }

  /** Follows an event that changes what a conversation is, or somebody's memberships or rights. */
  apply(event: Event): void {
    const facts = factsOf(event);
    for (const waiting of this.waitingFor(event)) this.watch(waiting, event.stream.slice('conversation-'.length));
    if (facts !== undefined) this.learn(event.stream.slice('conversation-'.length), facts);
    for (const userId of new Set(concerned(event))) {
      const person = this.people.get(userId);
      if (person?.missed) person.missed.push(event);
      else if (person) this.#change(person, event);
    }
  }

  /** Who waits for the name that the event gives. */
  waitingFor(event: Event): Iterable<Listener> {
    const slug = event.type === 'GroupCreated' || event.type === 'SlugGiven' ? event.data.slug : null;
    return slug === null ? [] : (this.slugs.get(canonical('slug', slug)) ?? []);
  }

  /** Ends the looking up of a person: what was found, then what happened meanwhile. */
  known(person: Person): void {
    const missed = person.missed ?? [];
    person.missed = undefined;
    for (const event of missed) this.#change(person, event);
  }

  #factsOf(conversationId: string): ConversationFacts {
    return this.channels.get(conversationId)?.facts ?? MEMBERS_ONLY;
  }

  #change(person: Person, event: Event): void {
    switch (event.type) {
      case 'GroupCreated':
      case 'DirectChatStarted':
      case 'MemberAdded':
      case 'MemberJoined':
        person.memberships.add(event.data.conversationId);
        for (const listener of person.listeners) this.settle(listener, event.data.conversationId);
        break;
      case 'MemberLeft':
      case 'MemberRemoved':
        person.memberships.delete(event.data.conversationId);
        for (const listener of person.listeners) this.settle(listener, event.data.conversationId);
        break;
      case 'EmailChanged':
        person.email = event.data.email === null ? null : canonical('email', event.data.email);
        this.#settleWatches(person);
        break;
      case 'RoleGranted':
        person.roles.add(event.data.role);
        this.#settleWatches(person);
        break;
      case 'RoleRevoked':
        person.roles.delete(event.data.role);
        this.#settleWatches(person);
        break;
      default:
    }
  }

  #stopWaiting(listener: Listener, slug: string): void {
    const waiting = this.slugs.get(slug);
    waiting?.delete(listener);
    if (waiting?.size === 0) this.slugs.delete(slug);
  }

  #settleWatches(person: Person): void {
    for (const listener of person.listeners)
      for (const conversationId of listener.watches ?? []) this.settle(listener, conversationId);
  }

  #interests({ byMembership, person, watches }: Listener): readonly string[] {
    return [...new Set([...(byMembership ? person.memberships : []), ...(watches ?? [])])];
  }

  #channel(conversationId: string): Channel {
    return given(this.channels, conversationId, () => ({ facts: undefined, heard: new Map(), watchers: undefined }));
  }
}

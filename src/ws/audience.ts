// Who hears what: listeners, the memberships and rights of their users, and the conversations they hear. Kept in step
// with the log by the hub; writes to no socket and asks no store. The rules themselves are those of the domain.

import { type Action, may } from '../domain/access.ts';
import { type ConversationFacts, factsOf, readerOf, unknownConversation } from '../domain/accessFacts.ts';
import type { Event } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import { conversationIdOf } from '../domain/streams.ts';
import { rolesAfter } from '../domain/user.ts';
import { concerned, isDeparture, type Listener, type Person, slugOf } from './listener.ts';
import type { Protocol } from './protocol.ts';

/** A conversation that somebody hears or waits for. */
export interface Channel {
  readonly id: string;
  /** Undefined: of members alone, or not there yet. */
  facts: ConversationFacts | undefined;
  readonly heard: Map<Protocol, Set<Listener>>;
  watchers: Set<Listener> | undefined;
}

const NOBODY: Channel['heard'] = new Map();

/** Does the listener want to be told of the conversation, if it may be? */
const wants = ({ person, byMembership, watches }: Listener, conversationId: string): boolean =>
  (byMembership && person.memberships.has(conversationId)) || watches?.has(conversationId) === true;

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
  /** Ways of speaking in use, with how many speak them. */
  readonly protocols = new Map<Protocol, number>();
  size = 0;
  /** The furthest that any listener was told before it went on live; mostly behind the hub. */
  furthest = 0;
  readonly #channels = new Map<string, Channel>();
  /** Who waits for a conversation to go by a slug. */
  readonly #slugs = new Map<string, Set<Listener>>();
  readonly #told: () => number;

  /** `told`: the position up to which the hub has told everything. */
  constructor(told: () => number) {
    this.#told = told;
  }

  add(listener: Listener): void {
    const { person, protocol } = listener;
    person.listeners = [...person.listeners, listener];
    this.protocols.set(protocol, (this.protocols.get(protocol) ?? 0) + 1);
    this.size++;
  }

  remove(listener: Listener): void {
    if (listener.state === 'gone') return;
    const interests = this.#interests(listener);
    listener.state = 'gone';
    for (const conversationId of interests) this.unwatch(listener, conversationId);
    if (listener.slug !== undefined) this.#stopWaiting(listener, listener.slug);
    const { person, protocol } = listener;
    person.listeners = person.listeners.filter((other) => other !== listener);
    if (person.listeners.length === 0 && person.userId !== null && this.people.get(person.userId) === person)
      this.people.delete(person.userId);
    const speakers = this.protocols.get(protocol)! - 1;
    if (speakers === 0) this.protocols.delete(protocol);
    else this.protocols.set(protocol, speakers);
    this.size--;
  }

  /** Those who hear a conversation, by how they speak. */
  hearing(conversationId: string): Channel['heard'] {
    return this.#channels.get(conversationId)?.heard ?? NOBODY;
  }

  /** Does anybody hear the conversation, or wait for it? */
  isAwaited(conversationId: string): boolean {
    return this.#channels.has(conversationId);
  }

  /** Is what the conversation is known here? */
  isKnown(conversationId: string): boolean {
    return this.#channels.get(conversationId)?.facts !== undefined;
  }

  /**
   * From which position on the listener is told of this conversation; undefined: it may not be, or does not want to be.
   * Who may read as a member alone is told from when they last became one: what lies before they fetch.
   */
  hearsFrom(listener: Listener, conversationId: string): number | undefined {
    if (!wants(listener, conversationId)) return undefined;
    const { person, watches } = listener;
    if (!this.#may(person, 'read', conversationId)) return undefined;
    const needsNoMembership =
      watches?.has(conversationId) && may(readerOf(person), 'read', this.#factsOf(conversationId));
    return needsNoMembership ? 0 : person.memberships.get(conversationId);
  }

  /** May the listener be told of this conversation, and does it want to be? */
  hears(listener: Listener, conversationId: string): boolean {
    return this.hearsFrom(listener, conversationId) !== undefined;
  }

  /** Those who listen for somebody that went and do not hear the conversation: it may be known here that they went. */
  alsoConcerned(event: Event, conversationId: string): readonly Listener[] {
    const userId = isDeparture(event) && 'userId' in event.data ? event.data.userId : '';
    return (this.people.get(userId)?.listeners ?? []).filter(
      (listener) =>
        listener.state === 'live' &&
        (listener.byMembership || wants(listener, conversationId)) &&
        !this.hearing(conversationId).get(listener.protocol)?.has(listener),
    );
  }

  mayWrite({ person }: Listener, conversationId: string): boolean {
    return this.#may(person, 'write', conversationId);
  }

  /** Begins to tell the listener what it wants and may hear. */
  enter(listener: Listener): void {
    listener.state = 'live';
    this.furthest = Math.max(this.furthest, listener.cursor);
    for (const conversationId of this.#interests(listener)) this.#settle(listener, conversationId);
  }

  watch(listener: Listener, conversationId: string): void {
    if (listener.state === 'gone') return;
    listener.watches ??= new Set();
    listener.watches.add(conversationId);
    const channel = this.#channel(conversationId);
    channel.watchers ??= new Set();
    channel.watchers.add(listener);
    this.#settle(listener, conversationId);
  }

  unwatch(listener: Listener, conversationId: string): void {
    listener.watches?.delete(conversationId);
    this.#channels.get(conversationId)?.watchers?.delete(listener);
    this.#settle(listener, conversationId);
  }

  /** Watches the conversation that goes by `slug`, once there is one. */
  await(listener: Listener, slug: string): void {
    if (listener.state === 'gone') return;
    listener.slug = canonical('slug', slug);
    given(this.#slugs, listener.slug, () => new Set<Listener>()).add(listener);
  }

  /** Who waits for the slug that the event gives. */
  waitingFor(event: Event): ReadonlySet<Listener> | undefined {
    return this.#slugs.get(slugOf(event) ?? '');
  }

  /** Takes note of what a conversation is, where somebody waits for it. */
  learn(conversationId: string, facts: ConversationFacts): void {
    const channel = this.#channels.get(conversationId);
    if (channel === undefined || channel.facts !== undefined) return;
    channel.facts = facts;
    for (const watcher of channel.watchers ?? []) this.#settle(watcher, conversationId);
  }

  /** Follows an event that changes what a conversation is, or somebody's memberships or rights. */
  apply(event: Event): void {
    const conversationId = conversationIdOf(event.stream) ?? '';
    for (const waiting of this.waitingFor(event) ?? []) this.watch(waiting, conversationId);
    const facts = factsOf(event);
    if (facts !== undefined) this.learn(conversationId, facts);
    for (const userId of new Set(concerned(event))) {
      const person = this.people.get(userId);
      if (person?.missed) person.missed.push(event);
      else if (person) this.#change(person, event);
    }
  }

  /** One string for all who are members, instead of one each. */
  nameOf(conversationId: string): string {
    return this.#channels.get(conversationId)?.id ?? conversationId;
  }

  /** Ends the looking up of a person: now follows what happened meanwhile. */
  known(person: Person): void {
    const missed = person.missed ?? [];
    person.missed = undefined;
    for (const event of missed) this.#change(person, event);
  }

  #change(person: Person, event: Event): void {
    switch (event.type) {
      case 'GroupCreated':
      case 'DirectChatStarted':
      case 'MemberAdded':
      case 'MemberJoined':
        person.memberships.set(this.nameOf(event.data.conversationId), event.position);
        for (const listener of person.listeners) this.#settle(listener, event.data.conversationId);
        break;
      case 'MemberLeft':
      case 'MemberRemoved':
        person.memberships.delete(event.data.conversationId);
        for (const listener of person.listeners) this.#settle(listener, event.data.conversationId);
        break;
      case 'EmailChanged':
        person.email = event.data.email;
        this.#settleWatches(person);
        break;
      case 'RoleGranted':
      case 'RoleRevoked':
        person.roles = rolesAfter(person.roles, event);
        this.#settleWatches(person);
        break;
      default:
    }
  }

  /** Puts a listener among those who hear a conversation, or takes it away, as `hears` says. */
  #settle(listener: Listener, conversationId: string): void {
    const { protocol } = listener;
    // Who became a member further on is told from there on.
    const from = listener.state === 'live' ? this.hearsFrom(listener, conversationId) : undefined;
    if (from !== undefined && from <= this.#told()) {
      given(this.#channel(conversationId).heard, protocol, () => new Set<Listener>()).add(listener);
      return;
    }
    const channel = this.#channels.get(conversationId);
    if (channel === undefined) return;
    const hearing = channel.heard.get(protocol);
    hearing?.delete(listener);
    if (hearing?.size === 0) channel.heard.delete(protocol);
    if (channel.heard.size === 0 && !channel.watchers?.size) this.#channels.delete(conversationId);
  }

  #settleWatches(person: Person): void {
    for (const listener of person.listeners)
      for (const conversationId of listener.watches ?? []) this.#settle(listener, conversationId);
  }

  #stopWaiting(listener: Listener, slug: string): void {
    const waiting = this.#slugs.get(slug);
    waiting?.delete(listener);
    if (waiting?.size === 0) this.#slugs.delete(slug);
  }

  #interests({ byMembership, person, watches }: Listener): ReadonlySet<string> {
    return new Set([...(byMembership ? person.memberships.keys() : []), ...(watches ?? [])]);
  }

  /** Owners count as members here: neither reading nor writing asks for more. */
  #may(person: Person, action: Action, conversationId: string): boolean {
    const reader = readerOf(person, person.memberships.has(conversationId) ? 'member' : 'none');
    return may(reader, action, this.#factsOf(conversationId));
  }

  #factsOf(conversationId: string): ConversationFacts {
    return this.#channels.get(conversationId)?.facts ?? unknownConversation;
  }

  #channel(id: string): Channel {
    return given(this.#channels, id, () => ({ id, facts: undefined, heard: new Map(), watchers: undefined }));
  }
}

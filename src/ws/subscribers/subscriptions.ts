// The index of subscribers: what each may receive, and a channel for each conversation. The fan-out applies the events of
// the log to it. It writes to no socket, asks no store, and takes its rules from the domain.

import { LRUCache } from 'lru-cache';
import { may } from '../../domain/access.ts';
import { type ConversationFacts, factsOf, readerOf, unknownConversation } from '../../domain/accessFacts.ts';
import { isAway } from '../../domain/attitude.ts';
import type { Event } from '../../domain/events.ts';
import { conversationIdOf } from '../../domain/streams.ts';
import type { Protocol } from '../protocol.ts';
import { type AwaitedKind, AwaitedNames } from './awaitedNames.ts';
import { Channels, type SubscribersByProtocol } from './channels.ts';
import { affectedUsers, applyTo, isDeparture, type Principal, type Subscriber } from './subscriber.ts';

/** Should the subscriber receive the conversation, if its user may read it? */
const wants = ({ principal, byMembership, watches }: Subscriber, conversationId: string): boolean =>
  (byMembership && principal.memberships.has(conversationId)) || watches?.has(conversationId) === true;

/** Accounts whose last socket closed, and of which what it received is remembered. */
const REMEMBERED = 10_000;

export class Subscriptions {
  readonly principals = new Map<string, Principal>();
  /** The protocols of all subscribers so far. */
  readonly protocols = new Set<Protocol>();
  size = 0;
  readonly #channels = new Channels();
  readonly #awaited = new AwaitedNames();
  readonly #livePosition: () => number;
  /** By account: what its sockets had received when the last of them closed. */
  readonly #formerly = new LRUCache<string, number>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  /** `livePosition`: position up to which the fan-out has sent everything. */
  constructor(livePosition: () => number) {
    this.#livePosition = livePosition;
  }

  add(subscriber: Subscriber): void {
    const { principal, protocol } = subscriber;
    principal.subscribers = [...principal.subscribers, subscriber];
    this.protocols.add(protocol);
    this.size++;
  }

  remove(subscriber: Subscriber): void {
    if (subscriber.state === 'gone') return;
    const interests = this.#interests(subscriber);
    subscriber.state = 'gone';
    for (const conversationId of interests) this.unwatch(subscriber, conversationId);
    this.#awaited.remove(subscriber);
    const { principal } = subscriber;
    principal.subscribers = principal.subscribers.filter((other) => other !== subscriber);
    const { userId } = principal;
    if (principal.subscribers.length === 0 && userId !== null && this.principals.get(userId) === principal) {
      this.#formerly.set(userId, this.receivedBy(userId));
      this.principals.delete(userId);
    }
    this.size--;
  }

  /** The position of the newest event that the account's sockets received, closed ones too; 0 if there is none. */
  receivedBy(userId: string): number {
    return Math.max(this.principals.get(userId)?.received ?? 0, this.#formerly.get(userId) ?? 0);
  }

  subscribersOf(conversationId: string): SubscribersByProtocol {
    return this.#channels.subscribersOf(conversationId);
  }

  /** Has the conversation subscribers or watchers? */
  has(conversationId: string): boolean {
    return this.#channels.has(conversationId);
  }

  isKnown(conversationId: string): boolean {
    return this.#channels.factsOf(conversationId) !== undefined;
  }

  /**
   * The position from which the subscriber receives this conversation; undefined: it does not receive it. If its user may
   * read only as a member, this is where the membership began; clients fetch older messages.
   */
  receivesFrom(subscriber: Subscriber, conversationId: string): number | undefined {
    if (!wants(subscriber, conversationId)) return undefined;
    const { principal, watches } = subscriber;
    if (principal.attitudes.get(conversationId) === 'muted') return undefined;
    if (!this.#may(principal, 'read', conversationId)) return undefined;
    const needsNoMembership =
      watches?.has(conversationId) && may(readerOf(principal), 'read', this.#factsOf(conversationId));
    return needsNoMembership ? 0 : principal.memberships.get(conversationId);
  }

  receives(subscriber: Subscriber, conversationId: string): boolean {
    return this.receivesFrom(subscriber, conversationId) !== undefined;
  }

  /** Would the subscriber receive the conversation, if its user had not muted it? */
  follows(subscriber: Subscriber, conversationId: string): boolean {
    return wants(subscriber, conversationId) && this.#may(subscriber.principal, 'read', conversationId);
  }

  /** A departing member's subscribers outside the channel: they too receive the event of the departure. */
  formerSubscribers(event: Event, conversationId: string): readonly Subscriber[] {
    const userId = isDeparture(event) && 'userId' in event.data ? event.data.userId : '';
    return (this.principals.get(userId)?.subscribers ?? []).filter(
      (subscriber) =>
        subscriber.state === 'live' &&
        (subscriber.byMembership || wants(subscriber, conversationId)) &&
        !this.subscribersOf(conversationId).get(subscriber.protocol)?.has(subscriber),
    );
  }

  /** Is the subscriber's user in the conversation? Anybody is in a room. */
  belongs({ principal }: Subscriber, conversationId: string): boolean {
    return this.#may(principal, 'receive', conversationId);
  }

  /** Is a member shown how far others have read? Whether its conversation lets it be known, each reading says. */
  sharesReceipts({ principal }: Subscriber, conversationId: string): boolean {
    return (
      this.#may(principal, 'receive', conversationId) &&
      may(readerOf(principal, 'member'), 'shareReceipts', unknownConversation)
    );
  }

  /** Accounts that receive the conversation live, at most so many. */
  presentIn(conversationId: string, most: number): readonly string[] {
    const present = new Set<string>();
    for (const subscribers of this.subscribersOf(conversationId).values())
      for (const { principal } of subscribers) {
        if (present.size === most) return [...present];
        if (principal.userId !== null) present.add(principal.userId);
      }
    return [...present];
  }

  /** From now on the fan-out sends to the subscriber. */
  goLive(subscriber: Subscriber): void {
    subscriber.state = 'live';
    for (const conversationId of this.#interests(subscriber)) this.#refresh(subscriber, conversationId);
  }

  watch(subscriber: Subscriber, conversationId: string): void {
    if (subscriber.state === 'gone') return;
    subscriber.watches ??= new Set();
    subscriber.watches.add(conversationId);
    this.#channels.watch(subscriber, conversationId);
    this.#refresh(subscriber, conversationId);
  }

  unwatch(subscriber: Subscriber, conversationId: string): void {
    subscriber.watches?.delete(conversationId);
    this.#channels.unwatch(subscriber, conversationId);
    this.#refresh(subscriber, conversationId);
  }

  /**
   * Once there is one, watches the conversation with this slug, or the direct chat of the subscriber's user with the account of
   * this username.
   */
  awaitName(subscriber: Subscriber, kind: AwaitedKind, name: string): void {
    if (subscriber.state !== 'gone') this.#awaited.add(subscriber, kind, name);
  }

  /** Subscribers that wait for the name that the event gives, with the conversation that each then watches. */
  waitingFor(event: Event): readonly (readonly [waiting: Subscriber, conversationId: string])[] {
    return this.#awaited.waitingFor(event);
  }

  /** Keeps the facts of a conversation that has a channel. */
  learn(conversationId: string, facts: ConversationFacts): void {
    for (const watcher of this.#channels.learn(conversationId, facts)) this.#refresh(watcher, conversationId);
  }

  /** Applies an event to the facts of its conversation, and to the memberships and rights of the users it affects. */
  apply(event: Event): void {
    for (const [waiting, conversationId] of this.waitingFor(event)) this.watch(waiting, conversationId);
    const facts = factsOf(event);
    if (facts !== undefined) this.learn(conversationIdOf(event.stream)!, facts);
    for (const userId of new Set(affectedUsers(event))) {
      const principal = this.principals.get(userId);
      if (principal?.pending) principal.pending.push(event);
      else if (principal) this.#change(principal, event);
    }
  }

  /** Applies the events that came while the principal was loaded from the views. */
  loaded(principal: Principal): void {
    const pending = principal.pending ?? [];
    principal.pending = undefined;
    principal.loading = undefined;
    for (const event of pending) this.#change(principal, event);
  }

  #change(principal: Principal, event: Event): void {
    applyTo(principal, event);
    const conversationId = conversationIdOf(event.stream);
    for (const subscriber of principal.subscribers)
      for (const id of conversationId === undefined ? (subscriber.watches ?? []) : [conversationId])
        this.#refresh(subscriber, id);
  }

  /** Adds a subscriber to a channel or removes it, as `receivesFrom` says. */
  #refresh(subscriber: Subscriber, conversationId: string): void {
    // A membership that began ahead of the fan-out counts once the fan-out gets there.
    const from = subscriber.state === 'live' ? this.receivesFrom(subscriber, conversationId) : undefined;
    if (from !== undefined && from <= this.#livePosition()) this.#channels.enter(subscriber, conversationId);
    else this.#channels.leave(subscriber, conversationId);
  }

  #interests({ byMembership, principal, watches }: Subscriber): ReadonlySet<string> {
    return new Set([...(byMembership ? principal.memberships.keys() : []), ...(watches ?? [])]);
  }

  /** Members of all roles count as plain ones here: neither reading nor receiving asks for more, or for the policy. */
  #may(principal: Principal, action: 'read' | 'receive', conversationId: string): boolean {
    const { memberships, attitudes } = principal;
    const isGone = isAway(attitudes.get(conversationId));
    const standing = memberships.has(conversationId) ? 'member' : isGone ? 'away' : 'none';
    return may(readerOf(principal, standing), action, this.#factsOf(conversationId));
  }

  #factsOf(conversationId: string): ConversationFacts {
    return this.#channels.factsOf(conversationId) ?? unknownConversation;
  }
}

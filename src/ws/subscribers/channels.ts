// The channels: of each conversation that somebody here receives or watches, who does, and its facts.

import type { ConversationFacts } from '../../domain/accessFacts.ts';
import type { Protocol } from '../protocol.ts';
import type { Subscriber } from './subscriber.ts';

interface Channel {
  /** Undefined: only members may read the conversation, or it does not exist yet. */
  facts: ConversationFacts | undefined;
  readonly subscribers: Map<Protocol, Set<Subscriber>>;
  readonly watchers: Set<Subscriber>;
}

/** Live subscribers, by protocol. */
export type SubscribersByProtocol = ReadonlyMap<Protocol, ReadonlySet<Subscriber>>;

const NOBODY: SubscribersByProtocol = new Map();

export class Channels {
  readonly #channels = new Map<string, Channel>();

  has(conversationId: string): boolean {
    return this.#channels.has(conversationId);
  }

  subscribersOf(conversationId: string): SubscribersByProtocol {
    return this.#channels.get(conversationId)?.subscribers ?? NOBODY;
  }

  factsOf(conversationId: string): ConversationFacts | undefined {
    return this.#channels.get(conversationId)?.facts;
  }

  watch(subscriber: Subscriber, conversationId: string): void {
    this.#channel(conversationId).watchers.add(subscriber);
  }

  /** A channel that nobody uses any more goes with the next `leave`. */
  unwatch(subscriber: Subscriber, conversationId: string): void {
    this.#channels.get(conversationId)?.watchers.delete(subscriber);
  }

  /** The subscriber receives the conversation. */
  enter(subscriber: Subscriber, conversationId: string): void {
    const { subscribers } = this.#channel(conversationId);
    const some = subscribers.get(subscriber.protocol) ?? new Set();
    subscribers.set(subscriber.protocol, some.add(subscriber));
  }

  leave(subscriber: Subscriber, conversationId: string): void {
    const channel = this.#channels.get(conversationId);
    if (channel === undefined) return;
    const { subscribers, watchers } = channel;
    const some = subscribers.get(subscriber.protocol);
    some?.delete(subscriber);
    if (some?.size === 0) subscribers.delete(subscriber.protocol);
    if (subscribers.size === 0 && watchers.size === 0) this.#channels.delete(conversationId);
  }

  /** Keeps the facts of a conversation that has a channel. @returns its watchers, if that had none yet */
  learn(conversationId: string, facts: ConversationFacts): Iterable<Subscriber> {
    const channel = this.#channels.get(conversationId);
    if (channel === undefined || channel.facts !== undefined) return [];
    channel.facts = facts;
    return channel.watchers;
  }

  #channel(id: string): Channel {
    const channel = this.#channels.get(id) ?? { facts: undefined, subscribers: new Map(), watchers: new Set() };
    this.#channels.set(id, channel);
    return channel;
  }
}

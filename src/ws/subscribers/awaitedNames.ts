// Subscribers that wait for a name that nobody has yet: they watch the conversation that it leads to, once there is one.

import type { Event } from '../../domain/events.ts';
import { directChatId } from '../../domain/ids.ts';
import { canonical, claimedBy } from '../../domain/names.ts';
import { conversationIdOf, userIdOf } from '../../domain/streams.ts';
import type { Recorded } from '../../store/ports.ts';
import type { Subscriber } from './subscriber.ts';

/** What subscribers wait for: the slug of a conversation, or the username of the other user of a direct chat. */
export type AwaitedKind = 'slug' | 'username';

const keyOf = (kind: AwaitedKind, canonicalName: string): string => `${kind} ${canonicalName}`;

const awaitedKey = (kind: AwaitedKind, name: string): string => keyOf(kind, canonical(kind, name));

const keysGiven = (kind: AwaitedKind, name: string | null): readonly string[] =>
  name === null ? [] : claimedBy(kind, name).map((one) => keyOf(kind, one));

/** May it give a name to an account? */
export const mayNameAccount = ({ type }: Pick<Recorded, 'type'>): boolean =>
  type === 'UserRegistered' || type === 'UsernameChanged';

/** Keys of the name that the event gives to a conversation or to an account. */
const namesGiven = (event: Event): readonly string[] => {
  switch (event.type) {
    case 'GroupCreated':
    case 'SlugGiven':
      return keysGiven('slug', event.data.slug);
    case 'UserRegistered':
    case 'UsernameChanged':
      return keysGiven('username', event.data.username);
    default:
      return [];
  }
};

/** The conversation of the name that the event gives: of a username, the direct chat of the subscriber's user with its account. */
const conversationNamedTo = ({ principal }: Subscriber, { stream }: Event): string =>
  conversationIdOf(stream) ?? directChatId(principal.userId ?? '', userIdOf(stream) ?? '');

export class AwaitedNames {
  readonly #waiting = new Map<string, Set<Subscriber>>();

  add(subscriber: Subscriber, kind: AwaitedKind, name: string): void {
    const key = awaitedKey(kind, name);
    subscriber.awaits ??= new Set();
    subscriber.awaits.add(key);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(subscriber));
  }

  /** The subscriber is gone. */
  remove(subscriber: Subscriber): void {
    for (const key of subscriber.awaits ?? []) {
      const waiting = this.#waiting.get(key);
      waiting?.delete(subscriber);
      if (waiting?.size === 0) this.#waiting.delete(key);
    }
  }

  /** Those that wait for the name that the event gives, with the conversation that each then watches. */
  waitingFor(event: Event): readonly (readonly [waiting: Subscriber, conversationId: string])[] {
    if (this.#waiting.size === 0) return [];
    const waiting = new Set(namesGiven(event).flatMap((key) => [...(this.#waiting.get(key) ?? [])]));
    return [...waiting].map((one) => [one, conversationNamedTo(one, event)]);
  }
}

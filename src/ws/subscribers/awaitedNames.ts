// Names that subscribers wait for, each with the conversation that a subscriber watches once the name is given.

import type { Event } from '../../domain/events.ts';
import { directChatId } from '../../domain/ids.ts';
import { canonical, claimedBy } from '../../domain/names.ts';
import { conversationIdOf, userIdOf } from '../../domain/streams.ts';
import type { Recorded } from '../../store/ports.ts';
import type { Awaited, Subscriber } from './subscriber.ts';

/** The slug of a conversation, or the usernames of the two users of a direct chat. */
type AwaitedKind = 'slug' | 'username';

const keyOf = (kind: AwaitedKind, canonicalName: string): string => `${kind} ${canonicalName}`;

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

/** The direct chat of the two accounts that have the usernames, if one of them is the subscriber's user. */
const chatOfPair = ({ principal }: Subscriber, { keys, owners }: Awaited): string | undefined => {
  const [one, other] = keys.map((key) => owners.get(key));
  const isOwn = [one, other].includes(principal.userId ?? undefined);
  return isOwn && one !== undefined && other !== undefined ? directChatId(one, other) : undefined;
};

/** An account has one name at a time. */
const takeName = ({ owners }: Awaited, key: string, userId: string): void => {
  for (const [earlier, owner] of owners) if (owner === userId) owners.delete(earlier);
  owners.set(key, userId);
};

export class AwaitedNames {
  readonly #byKey = new Map<string, Map<Awaited, Subscriber>>();

  add(subscriber: Subscriber, kind: AwaitedKind, names: readonly string[]): Awaited {
    const keys = names.map((name) => keyOf(kind, canonical(kind, name)));
    const awaited: Awaited = { keys, owners: new Map() };
    if (subscriber.state === 'gone') return awaited;
    subscriber.awaits = [...(subscriber.awaits ?? []), awaited];
    for (const key of keys) this.#byKey.set(key, (this.#byKey.get(key) ?? new Map()).set(awaited, subscriber));
    return awaited;
  }

  /** Notes who has the usernames of a pair. Returns the direct chat of the two, if one of them is the subscriber's user. */
  found(subscriber: Subscriber, awaited: Awaited, owners: readonly (string | undefined)[]): string | undefined {
    for (const [i, key] of awaited.keys.entries()) {
      const owner = owners[i];
      // What an event said meanwhile is newer.
      if (owner !== undefined && !awaited.owners.has(key)) awaited.owners.set(key, owner);
    }
    return chatOfPair(subscriber, awaited);
  }

  remove({ awaits = [] }: Subscriber): void {
    for (const awaited of awaits)
      for (const key of awaited.keys) {
        const waiting = this.#byKey.get(key);
        waiting?.delete(awaited);
        if (waiting?.size === 0) this.#byKey.delete(key);
      }
  }

  /** Subscribers that wait for the name that the event gives, with the conversation that each then watches. */
  givenBy(event: Event): readonly (readonly [waiting: Subscriber, conversationId: string])[] {
    if (this.#byKey.size === 0) return [];
    const [conversationId, userId] = [conversationIdOf(event.stream), userIdOf(event.stream)];
    const found = new Map<Awaited, readonly [Subscriber, string]>();
    for (const key of namesGiven(event))
      for (const [awaited, subscriber] of this.#byKey.get(key) ?? []) {
        if (userId !== undefined) takeName(awaited, key, userId);
        const named = conversationId ?? chatOfPair(subscriber, awaited);
        if (named !== undefined) found.set(awaited, [subscriber, named]);
      }
    return [...found.values()];
  }
}

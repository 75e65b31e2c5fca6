// Tells people who of those they know is there, and what they say of themselves: whoever is in a group or a direct chat with
// them, at this process. The other processes tell theirs.

import { LRUCache } from 'lru-cache';
import type { Shown } from '../presence/states.ts';
import type { Services } from '../services.ts';
import { native } from './frames.ts';
import type { Acquaintances } from './subscribers/acquaintances.ts';
import type { Subscriber } from './subscribers/subscriber.ts';
import type { Subscriptions } from './subscribers/subscriptions.ts';
import { textFrame } from './textFrame.ts';
import { present } from './wire.ts';

/** Members of a conversation in which changes are told. In a larger one clients ask, or each change would go to thousands. */
export const MOST_MEMBERS = 200;
/** Sockets that are told of one change. */
const MOST_TOLD = 2000;
/** Accounts with changes that wait. */
const MOST_WAITING = 10_000;
/** Conversations whose sizes are remembered, and for how many milliseconds. */
const SIZES = { maxSize: 20_000, sizeCalculation: () => 1, ttl: 60_000 };

/** @returns what ends it */
export const tellPresence = (
  { presence, queries, log }: Pick<Services, 'presence' | 'queries' | 'log'>,
  subscriptions: Subscriptions,
  { conversationsOf }: Acquaintances,
) => {
  const sizes = new LRUCache<string, number>(SIZES);
  const waiting = new Map<string, Shown>();

  /** Those that are small enough. @throws Unavailable */
  const smallAmong = async (conversationIds: readonly string[]): Promise<readonly string[]> => {
    const unknown = conversationIds.filter((id) => !sizes.has(id));
    if (unknown.length > 0)
      for (const [id, { memberCount }] of await queries.conversationsById(unknown)) sizes.set(id, memberCount);
    return conversationIds.filter((id) => (sizes.get(id) ?? Infinity) <= MOST_MEMBERS);
  };

  const receiversOf = (userId: string, conversationIds: readonly string[]): ReadonlySet<Subscriber> => {
    const own = subscriptions.principals.get(userId)?.subscribers ?? [];
    const receivers = new Set(own.filter(({ state, protocol }) => state === 'live' && protocol.name === native.name));
    for (const conversationId of conversationIds)
      for (const subscriber of subscriptions.subscribersOf(conversationId).get(native) ?? []) {
        if (receivers.size >= MOST_TOLD) return receivers;
        // Whoever only watches a public group does not belong to it.
        if (subscriber.byMembership && subscriber.principal.memberships.has(conversationId)) receivers.add(subscriber);
      }
    return receivers;
  };

  const tell = async (userId: string, shown: Shown): Promise<void> => {
    const heard = [...(await conversationsOf(userId))].filter((id) => subscriptions.has(id));
    const conversationIds = await smallAmong(heard);
    const frame = textFrame(JSON.stringify(present.presence(userId, shown)));
    for (const { sink } of receiversOf(userId, conversationIds)) sink.write(frame);
  };

  /** One after the other: many may come at once, and each may ask the views. */
  const tellAll = async (): Promise<void> => {
    for (let next = waiting.entries().next().value; next !== undefined; next = waiting.entries().next().value) {
      const [userId, shown] = next;
      await tell(userId, shown).catch((error: unknown) =>
        log.debug({ err: error }, 'a change of presence is not told'),
      );
      // Else it has changed again meanwhile.
      if (waiting.get(userId) === shown) waiting.delete(userId);
    }
  };

  return presence.onChange((userId, shown) => {
    if (subscriptions.size === 0 || (waiting.size >= MOST_WAITING && !waiting.has(userId))) return;
    const isTelling = waiting.size > 0;
    waiting.set(userId, shown);
    if (!isTelling) void tellAll();
  });
};

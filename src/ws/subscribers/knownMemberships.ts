// Of which conversations accounts are members. The fan-out waits for no views, so changes of memberships that it has come to count
// before what the views have.

import { LRUCache } from 'lru-cache';
import type { Event } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import { affectedUsers, changesMembership, isDeparture } from './subscriber.ts';
import type { Subscriptions } from './subscriptions.ts';

/** By conversation, the position at which the account became a member. */
type Memberships = Map<string, number>;

export type MembershipsOf = (userId: string) => Promise<Memberships>;

const PAGE = 500;
/** Memberships of one account that are looked at, the newest first. */
const LOOKED_AT = 5000;
/** Accounts, and memberships of each, whose latest changes are remembered until the views have them. */
const REMEMBERED = { accounts: 1000, memberships: 400 };
/** Memberships of which it is kept what the views said, and for how many milliseconds: an account may change all the time. */
const KEPT = { memberships: 200_000, milliseconds: 10_000 };

/** `ifThere`: what it finds in the views, or nothing while they are away. */
export const createKnownMemberships = (
  { queries }: Pick<Services, 'queries'>,
  subscriptions: Subscriptions,
  ifThere: (find: () => Promise<Memberships>) => Promise<Memberships>,
) => {
  /** By account and conversation, since when it is a member; undefined: it left. What is forgotten is asked of the views again. */
  const latest = new LRUCache<string, Map<string, number | undefined>>({
    max: REMEMBERED.accounts,
    dispose: (_, userId) => kept.delete(userId),
  });

  const remember = (userId: string, conversationId: string, since: number | undefined): void => {
    const memberships = latest.get(userId) ?? new Map<string, number | undefined>();
    memberships.delete(conversationId);
    memberships.set(conversationId, since);
    if (memberships.size > REMEMBERED.memberships) {
      memberships.delete([...memberships.keys()][0]!);
      kept.delete(userId);
    }
    latest.set(userId, memberships);
  };

  /** @throws Unavailable */
  const ask = async (userId: string): Promise<ReadonlyMap<string, number>> => {
    const found = new Map<string, number>();
    for (let before: number | undefined, isMore = true; isMore && found.size < LOOKED_AT; ) {
      const bound = before === undefined ? {} : { before };
      const { items, more } = await queries.membershipsOf(userId, { limit: PAGE, descending: true, ...bound });
      for (const { conversationId, since } of items) found.set(conversationId, since);
      before = items.at(-1)?.since;
      isMore = more && before !== undefined;
    }
    return found;
  };

  const kept = new LRUCache<string, ReadonlyMap<string, number>>({
    maxSize: KEPT.memberships,
    sizeCalculation: (found) => 1 + found.size,
    ttl: KEPT.milliseconds,
    ignoreFetchAbort: true,
    fetchMethod: ask,
  });

  /** What was found, with the changes that the fan-out has come to. */
  const withChanges = (userId: string, found: ReadonlyMap<string, number> | undefined): Memberships => {
    const memberships = new Map(found);
    for (const [conversationId, since] of latest.get(userId) ?? [])
      if (since === undefined) memberships.delete(conversationId);
      else memberships.set(conversationId, since);
    return memberships;
  };

  /** What the views have, or had a moment ago. @throws Unavailable */
  const inViews: MembershipsOf = async (userId) => withChanges(userId, await kept.fetch(userId));

  /** What the views have, or what is known without them while they are away. */
  const atOnce: MembershipsOf = async (userId) => {
    const principal = subscriptions.principals.get(userId);
    if (principal !== undefined && principal.pending === undefined) return withChanges(userId, principal.memberships);
    return withChanges(userId, await ifThere(() => inViews(userId)));
  };

  return {
    inViews,
    atOnce,
    /** The fan-out has come to this event of a conversation. */
    apply: (event: Event): void => {
      if (!changesMembership(event) || !('conversationId' in event.data)) return;
      const since = isDeparture(event) ? undefined : event.position;
      for (const userId of affectedUsers(event)) remember(userId, event.data.conversationId, since);
    },
  };
};

// What subscribers are sent of a page of the log, in few writes. Subscribers that may read the same events of a page share
// the bytes.

import { LRUCache } from 'lru-cache';
import type { Decode } from '../../domain/codec.ts';
import { conversationIdOf } from '../../domain/streams.ts';
import type { Recorded } from '../../store/ports.ts';
import type { Protocol } from '../protocol.ts';
import type { Acquaintances, Audiences } from '../subscribers/acquaintances.ts';
import type { Subscriber } from '../subscribers/subscriber.ts';
import type { Subscriptions } from '../subscribers/subscriptions.ts';
import { withAlerts } from './alerts.ts';
import { type Burst, burstOf } from './burst.ts';
import type { Earlier, EarlierMessages } from './earlierMessages.ts';
import { type Fates, type FatesIn, keyOfFate } from './fates.ts';
import type { FrameCache, Quoting } from './frameCache.ts';
import type { LogPage } from './logPages.ts';

/** Bytes after which a burst ends: less than a sink takes between full and too full. */
const BURST = 16 * 1024;
const KEPT_BYTES = 32_000_000;
/** Bytes that one frame, or one list of bursts, costs beside its own. */
const KEEPING = 200;

/** The events of a page that a subscriber is sent. */
interface Choice {
  /** Equal for the same events of the same page, about messages to which the same happened since. */
  readonly key: string;
  readonly page: LogPage;
  /** Lists of places in the page, each place in one list or more. */
  readonly lists: readonly (readonly number[])[];
  /** Places in these lists that are left out. */
  readonly hidden: readonly number[];
  readonly fates: FatesIn;
  /** Places of what others have read. */
  readonly seen: ReadonlySet<number>;
}

/** The conversations of a page that a subscriber receives, and the places of what happened in them. */
interface Received {
  readonly conversationIds: readonly string[];
  readonly lists: readonly (readonly number[])[];
}

/** What a choice leads to. */
interface Made extends Quoting {
  readonly bursts: readonly Burst[];
}

const NOTHING: Made = { bursts: [], quoted: [], asOf: 0 };

/** A user who was removed while away learns of it, though they may no longer read the conversation. */
const isOwnDeparture = (recorded: Recorded, userId: string | null, decode: Decode): boolean => {
  if (userId === null || !recorded.data.includes(userId)) return false;
  const event = decode(recorded);
  return 'userId' in event.data && event.data.userId === userId;
};

export const createBursts = (
  subscriptions: Subscriptions,
  frames: FrameCache,
  fates: Fates,
  earlier: Pick<EarlierMessages, 'among' | 'known' | 'last' | 'lastOf'>,
  acquaintances: Pick<Acquaintances, 'among' | 'isFor' | 'isTold'>,
  decode: Decode,
) => {
  /** The events about messages that the subscriber does not see. */
  const hiddenIn = (subscriber: Subscriber, page: LogPage, earlierMessages: Earlier): readonly number[] =>
    [...earlierMessages].flatMap(([place, messageAt]) => {
      const from = subscriptions.receivesFrom(subscriber, conversationIdOf(page.events[place]!.stream)!);
      return from !== undefined && from > messageAt ? [place] : [];
    });

  const receivedIn = (subscriber: Subscriber, page: LogPage): Received => {
    const lists: (readonly number[])[] = [];
    const conversationIds: string[] = [];
    for (const [conversationId, places] of page.conversations) {
      const from = subscriptions.receivesFrom(subscriber, conversationId);
      const first = from === undefined ? -1 : places.findIndex((place) => from <= page.events[place]!.position);
      if (first < 0) continue;
      lists.push(first === 0 ? places : places.slice(first));
      conversationIds.push(conversationId);
    }
    return { conversationIds, lists };
  };

  const choose = (
    subscriber: Subscriber,
    page: LogPage,
    { lists }: Received,
    known: FatesIn,
    earlierMessages: Earlier,
    audiences: Audiences,
  ): Choice => {
    const { userId } = subscriber.principal;
    const own = [
      ...page.departures.filter((place) => isOwnDeparture(page.events[place]!, userId, decode)),
      ...page.personal.filter((place) => {
        const audience = audiences.get(place);
        return audience !== undefined && acquaintances.isFor(subscriber, audience, page.events[place]!.position);
      }),
    ];
    const seen = page.personal.filter((place) => {
      const audience = audiences.get(place);
      return audience !== undefined && acquaintances.isTold(subscriber, audience, page.events[place]!.position);
    });
    const hidden = hiddenIn(subscriber, page, earlierMessages);
    // Lists of one conversation have the same end. What happened to messages of others is nothing to this subscriber.
    const places = known.size === 0 ? [] : lists.flat().filter((place) => known.has(place));
    const happened = places.map((place) => `${place}${keyOfFate(known.get(place))}`);
    const key = [...lists.map((list) => list[0]), '', ...own, '', ...seen, '', ...happened, '', ...hidden].join();
    return {
      key: `${frames.generation} ${page.generation} ${frames.numberOf(subscriber.protocol)} ${page.start} ${page.end} ${key}`,
      page,
      lists: [...lists, own, seen],
      hidden,
      fates: known,
      seen: new Set(seen),
    };
  };

  const make = async (protocol: Protocol, choice: Choice): Promise<Made> => {
    const { page, lists, hidden, fates, seen } = choice;
    const { asOf } = frames;
    const quoted = new Set<string>();
    const bursts: Burst[] = [];
    let framed: (readonly [Buffer, number])[] = [];
    let bytes = 0;
    const end = (): void => {
      if (framed.length > 0) bursts.push(burstOf(framed));
      framed = [];
      bytes = 0;
    };
    for (const place of [...new Set(lists.flat()).difference(new Set(hidden))].toSorted((a, b) => a - b)) {
      const recorded = page.events[place]!;
      const { frame, quoted: inFrame } = await frames.frameOf(
        protocol,
        recorded,
        seen.has(place) ? 'seen' : fates.get(place),
      );
      for (const id of inFrame) quoted.add(id);
      if (bytes + frame.length > BURST) end();
      if (frame.length > 0) framed.push([frame, recorded.position]);
      bytes += frame.length;
    }
    end();
    return { bursts, quoted: [...quoted], asOf };
  };

  const kept = new LRUCache<string, Made, { readonly protocol: Protocol; readonly choice: Choice }>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ bursts, quoted }, key) =>
      bursts.reduce(
        (sum, { whole, frames }) => sum + whole.length + KEEPING * frames.length,
        KEEPING * (1 + quoted.length) + key.length,
      ),
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context: { protocol, choice } }) => make(protocol, choice),
  });

  /** Made for another subscriber, if it quotes nothing that is another since. */
  const madeFor = async (protocol: Protocol, choice: Choice): Promise<Made> => {
    const { key } = choice;
    const known = kept.get(key);
    if (known !== undefined && frames.isAsNow(known)) return known;
    if (known !== undefined) kept.delete(key);
    return (await kept.fetch(key, { context: { protocol, choice } })) ?? NOTHING;
  };

  return {
    /** What the views tell of a page, asked once for all subscribers. @throws Unavailable the views are away, or behind */
    told: async (page: LogPage): Promise<void> => {
      await Promise.all([fates, earlier, acquaintances].map(({ among }) => among(page)));
    },
    /**
     * The bursts of what a subscriber may read of a page at this moment: there is no pause after the last look at that. Undefined:
     * something has changed, so ask again, after others, once that is `told`. Others wait for this, so it waits for no views.
     * @throws Unavailable, Unreadable
     */
    of: async (subscriber: Subscriber, page: LogPage): Promise<readonly Burst[] | undefined> => {
      const audiences = await acquaintances.among(page);
      const asOf = Math.max(fates.last, earlier.last);
      const received = receivedIn(subscriber, page);
      const { lists, conversationIds } = received;
      const known = fates.known(page, lists);
      const earlierMessages = earlier.known(page, conversationIds);
      if (known === undefined || earlierMessages === undefined) return undefined;
      const choice = choose(subscriber, page, received, known, earlierMessages, audiences);
      const made = await madeFor(subscriber.protocol, choice);
      // While the frames were made, the user may have been removed or added, messages edited or removed, policies set, and accounts
      // deleted.
      const isOther = (): boolean => Math.max(fates.lastIn(page, lists), earlier.lastOf(conversationIds)) > asOf;
      if (Math.max(fates.last, earlier.last) > asOf && isOther()) return undefined;
      const now = choose(subscriber, page, receivedIn(subscriber, page), known, earlierMessages, audiences);
      if (now.key !== choice.key || !frames.isAsNow(made)) return undefined;
      return withAlerts(subscriber, page, known, made.bursts, decode);
    },
  };
};

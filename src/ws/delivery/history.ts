// Sends one subscriber what lies behind it in the log, until it has caught up with the fan-out and goes live. Subscribers
// that may read the same events share their pages, their frames and the bytes that are written.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { decode } from '../../domain/codec.ts';
import type { Services } from '../../services.ts';
import type { Recorded } from '../../store/ports.ts';
import { createConcurrencyLimit } from '../flow/concurrencyLimit.ts';
import type { Protocol } from '../protocol.ts';
import type { Subscriber } from '../subscribers/subscriber.ts';
import type { Subscriptions } from '../subscribers/subscriptions.ts';
import type { FrameCache } from './frameCache.ts';
import { createLogPages, type LogPage } from './logPages.ts';

/** Pages that are worked on in one turn of the event loop: many clients may come back at the same moment. */
const AT_ONCE = 16;
/** Bytes after which a burst ends: less than a sink takes between full and too full. */
const BURST = 16 * 1024;
const KEPT_BYTES = 32_000_000;
/** Bytes that one frame, or one list of bursts, costs beside its own. */
const KEEPING = 200;

/** Frames that leave in one write. */
interface Burst {
  readonly whole: Buffer;
  readonly frames: readonly Buffer[];
  /** Of the event of each frame. */
  readonly positions: readonly number[];
}

/** The events of a page that a subscriber is sent. */
interface Choice {
  /** Equal for the same events of the same page. */
  readonly key: string;
  readonly page: LogPage;
  /** Lists of places in the page, each place in one list or more. */
  readonly lists: readonly (readonly number[])[];
}

const burstOf = (framed: readonly (readonly [frame: Buffer, position: number])[]): Burst => {
  const frames = framed.map(([frame]) => frame);
  return { whole: Buffer.concat(frames), frames, positions: framed.map(([, position]) => position) };
};

/** The bytes of the frames after a position, up to and with another. */
const between = ({ whole, frames, positions }: Burst, after: number, upTo: number): Buffer =>
  after < positions[0]! && positions.at(-1)! <= upTo
    ? whole
    : Buffer.concat(frames.filter((_, i) => after < positions[i]! && positions[i]! <= upTo));

/** A user who was removed while away learns of it, though they may no longer read the conversation. */
const isOwnDeparture = (recorded: Recorded, userId: string | null): boolean => {
  if (userId === null || !recorded.data.includes(userId)) return false;
  const event = decode(recorded);
  return 'userId' in event.data && event.data.userId === userId;
};

/** `livePosition`: position up to which the fan-out has sent everything. */
export const createHistory = (
  { events }: Pick<Services, 'events'>,
  subscriptions: Subscriptions,
  { frameOf }: FrameCache,
  livePosition: () => number,
) => {
  const limited = createConcurrencyLimit(AT_ONCE);
  const pageAfter = createLogPages({ events });

  const choose = (subscriber: Subscriber, page: LogPage): Choice => {
    const lists: (readonly number[])[] = [];
    for (const [conversationId, places] of page.conversations) {
      const from = subscriptions.receivesFrom(subscriber, conversationId);
      const first = from === undefined ? -1 : places.findIndex((place) => from <= page.events[place]!.position);
      if (first >= 0) lists.push(first === 0 ? places : places.slice(first));
    }
    const { userId } = subscriber.principal;
    const own = page.departures.filter((place) => isOwnDeparture(page.events[place]!, userId));
    // Lists of one conversation have the same end.
    const key = [...lists.map((list) => list[0]), '', ...own].join();
    return { key: `${subscriber.protocol.name} ${page.start} ${page.end} ${key}`, page, lists: [...lists, own] };
  };

  const burstsOf = async (protocol: Protocol, { page, lists }: Choice): Promise<readonly Burst[]> => {
    const bursts: Burst[] = [];
    let framed: (readonly [Buffer, number])[] = [];
    let bytes = 0;
    const end = (): void => {
      if (framed.length > 0) bursts.push(burstOf(framed));
      framed = [];
      bytes = 0;
    };
    for (const place of [...new Set(lists.flat())].toSorted((a, b) => a - b)) {
      const recorded = page.events[place]!;
      const frame = await frameOf(protocol, recorded);
      if (bytes + frame.length > BURST) end();
      if (frame.length > 0) framed.push([frame, recorded.position]);
      bytes += frame.length;
    }
    end();
    return bursts;
  };

  const kept = new LRUCache<string, readonly Burst[], { readonly protocol: Protocol; readonly choice: Choice }>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (bursts, key) =>
      bursts.reduce((sum, { whole, frames }) => sum + whole.length + KEEPING * frames.length, KEEPING + key.length),
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context: { protocol, choice } }) => burstsOf(protocol, choice),
  });

  /** What the subscriber may read of a page at this moment: there is no pause after the last look. */
  const readable = async (subscriber: Subscriber, page: LogPage): Promise<readonly Burst[]> => {
    const { protocol } = subscriber;
    for (let choice = choose(subscriber, page); ; ) {
      const { key } = choice;
      const bursts = (await kept.fetch(key, { context: { protocol, choice } })) ?? [];
      // The user may have been removed, or added, while the frames were made.
      choice = choose(subscriber, page);
      if (choice.key === key) return bursts;
    }
  };

  /** Sends the rest of the page at the cursor, or as much as the sink takes. @throws Unavailable, Unreadable */
  const sendPage = async (subscriber: Subscriber): Promise<void> => {
    const { sink } = subscriber;
    const upTo = livePosition();
    const page = await pageAfter(subscriber.cursor);
    const bursts = page ? await readable(subscriber, page) : [];
    sink.cork();
    for (const burst of bursts) {
      const bytes = between(burst, subscriber.cursor, upTo);
      if (bytes.length === 0) continue;
      if (subscriber.state !== 'catching-up') break;
      // Before the write: a sink that overflows takes all of the burst, then ends and reports the cursor.
      subscriber.cursor = Math.min(burst.positions.at(-1)!, upTo);
      sink.write(bytes);
      if (sink.isFull) return sink.uncork();
    }
    sink.uncork();
    subscriber.cursor = Math.max(subscriber.cursor, Math.min(page?.end ?? upTo, upTo));
  };

  /**
   * Sends a subscriber everything after `after`, a page at a time; then it goes live. It receives each event once, in
   * order. Calls `onLive` between history and live events. Resolves when the subscriber is live, or gone.
   * @throws Unavailable the log cannot be read: the subscriber can continue at `resumeAt`; Unreadable
   */
  return async (subscriber: Subscriber, after: number, onLive: (position: number) => void): Promise<void> => {
    if (subscriber.state !== 'silent') return;
    subscriber.state = 'catching-up';
    subscriber.cursor = after;
    while (subscriber.state === 'catching-up') {
      if (subscriber.cursor >= livePosition()) {
        // Without a pause since the check: the fan-out sends the next event to this subscriber too.
        subscriptions.goLive(subscriber);
        onLive(subscriber.cursor);
        return;
      }
      if (subscriber.sink.isFull) await subscriber.sink.drained();
      await limited(async () => {
        await sendPage(subscriber);
        // Inside the limit, so that commands have their turns however many come back.
        await nextTurn();
      });
    }
  };
};

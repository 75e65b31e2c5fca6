// Sends one subscriber what lies behind it in the log, until it has caught up with the fan-out and goes live.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decode, knownOf, mustBeKnown } from '../../domain/codec.ts';
import type { Event } from '../../domain/events.ts';
import { conversationIdOf } from '../../domain/streams.ts';
import type { Services } from '../../services.ts';
import type { Recorded } from '../../store/ports.ts';
import { createConcurrencyLimit } from '../flow/concurrencyLimit.ts';
import { isDeparture, type Subscriber } from '../subscribers/subscriber.ts';
import type { Subscriptions } from '../subscribers/subscriptions.ts';
import type { FrameOf } from './frameCache.ts';

/** Events of one page: few enough that making their frames is no noticeable pause. */
const PAGE = 256;
/** Pages that are worked on at once: many clients may come back at the same moment. */
const AT_ONCE = 16;

type Framed = { readonly recorded: Recorded; readonly frame: Buffer };

/** A user who was removed while away learns of it, though they may no longer read the conversation. */
const isOwnDeparture = (recorded: Recorded, userId: string | null): boolean => {
  if (!isDeparture(recorded as Pick<Event, 'type'>)) return false;
  if (userId === null || !recorded.data.includes(userId)) return false;
  const event = decode(recorded);
  return 'userId' in event.data && event.data.userId === userId;
};

/** `livePosition`: position up to which the fan-out has sent everything. */
export const createHistory = (
  { events }: Pick<Services, 'events'>,
  subscriptions: Subscriptions,
  frameOf: FrameOf,
  livePosition: () => number,
) => {
  const limited = createConcurrencyLimit(AT_ONCE);

  const isWanted = (subscriber: Subscriber, recorded: Recorded): boolean => {
    const conversationId = conversationIdOf(recorded.stream);
    if (conversationId === undefined) return false;
    const from = subscriptions.receivesFrom(subscriber, conversationId);
    return (from !== undefined && from <= recorded.position) || isOwnDeparture(recorded, subscriber.principal.userId);
  };

  /** The frames of the events after the subscriber's cursor, and where the page ends. @throws Unavailable, Unreadable */
  const nextPage = async (subscriber: Subscriber) => {
    const upTo = livePosition();
    const read = (await events.readLog(subscriber.cursor, PAGE)).filter(({ position }) => position <= upTo);
    const page = knownOf(read);
    // The events before one of a newer version are sent first.
    if (page.length === 0 && read.length > 0) mustBeKnown(read[0]!);
    const frames: Framed[] = [];
    for (const recorded of page) {
      const frame = isWanted(subscriber, recorded) ? await frameOf(subscriber.protocol, recorded) : undefined;
      if (frame?.length) frames.push({ recorded, frame });
    }
    return { frames, end: page.at(-1)?.position ?? upTo };
  };

  const write = async (subscriber: Subscriber, frames: readonly Framed[]): Promise<void> => {
    const { sink } = subscriber;
    sink.cork();
    for (const { recorded, frame } of frames) {
      if (sink.isFull) {
        sink.uncork();
        await sink.drained();
        sink.cork();
      }
      if (subscriber.state === 'gone') break;
      // Before the write: a sink that overflows takes the whole frame, then ends and reports the cursor.
      subscriber.cursor = recorded.position;
      // The user may have been removed since the frame was made.
      if (isWanted(subscriber, recorded)) sink.write(frame);
    }
    sink.uncork();
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
      const { frames, end } = await limited(() => nextPage(subscriber));
      await write(subscriber, frames);
      subscriber.cursor = Math.max(subscriber.cursor, end);
      await nextTurn();
    }
  };
};

// Tells one listener what lies behind it in the log, until it has caught up with the hub and goes on live.

import { setImmediate } from 'node:timers/promises';
import { decode, knownOf, mustBeKnown } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { conversationIdOf } from '../domain/streams.ts';
import type { EventStore, Recorded } from '../store/ports.ts';
import type { Audience } from './audience.ts';
import type { Framing } from './framing.ts';
import { isDeparture, type Listener } from './listener.ts';
import { createTurnstile } from './turnstile.ts';

export interface HistoryOptions {
  readonly events: EventStore;
  readonly framing: Framing;
  readonly audience: Audience;
  /** Position up to which the hub has told everything. */
  readonly told: () => number;
}

/** Events of one page: few enough that making their frames is no noticeable pause. */
const PAGE = 256;
/** Pages that are worked on at once: many may come back at the same moment. */
const AT_ONCE = 16;

/** Who was away when they were put out of a conversation learns of it, though they may no longer read there. */
const isOwnDeparture = (recorded: Recorded, userId: string | null): boolean => {
  if (!isDeparture(recorded as Pick<Event, 'type'>)) return false;
  if (userId === null || !recorded.data.includes(userId)) return false;
  const event = decode(recorded);
  return 'userId' in event.data && event.data.userId === userId;
};

export const createHistory = ({ events, framing, audience, told }: HistoryOptions) => {
  const turn = createTurnstile(AT_ONCE);

  const isWanted = (listener: Listener, recorded: Recorded): boolean => {
    const conversationId = conversationIdOf(recorded.stream);
    if (conversationId === undefined) return false;
    const from = audience.hearsFrom(listener, conversationId);
    return (from !== undefined && from <= recorded.position) || isOwnDeparture(recorded, listener.person.userId);
  };

  const frameOf = async ({ protocol }: Listener, recorded: Recorded): Promise<Buffer | undefined> => {
    const kept = framing.kept(protocol, recorded.position);
    return kept === undefined ? framing.frame(protocol, decode(recorded)) : (kept ?? undefined);
  };

  const framesOf = async (listener: Listener, page: readonly Recorded[]) => {
    const frames: { recorded: Recorded; frame: Buffer }[] = [];
    for (const recorded of page) {
      const frame = isWanted(listener, recorded) ? await frameOf(listener, recorded) : undefined;
      if (frame !== undefined) frames.push({ recorded, frame });
    }
    return frames;
  };

  /** Reads and frames what follows `listener.cursor`, as far as the hub has told; where that ends. @throws Unreadable */
  const nextPage = async (listener: Listener) => {
    const upTo = told();
    const read = (await events.readLog(listener.cursor, PAGE)).filter(({ position }) => position <= upTo);
    const page = knownOf(read);
    // What lies before an event of a newer program is told first.
    if (page.length === 0 && read.length > 0) mustBeKnown(read[0]!);
    const end = page.at(-1)?.position ?? upTo;
    return { frames: await framesOf(listener, page), end };
  };

  const write = async (listener: Listener, frames: Awaited<ReturnType<typeof framesOf>>): Promise<void> => {
    const { sink } = listener;
    sink.cork();
    for (const { recorded, frame } of frames) {
      if (sink.isFull) {
        sink.uncork();
        await sink.drained();
        sink.cork();
      }
      if (listener.state === 'gone') break;
      // Before the write: a sink that is full ends at it, and the frame was still taken whole.
      listener.cursor = recorded.position;
      // Asked again: somebody may have been put out since the frame was made.
      if (isWanted(listener, recorded)) sink.write(frame);
    }
    sink.uncork();
  };

  return async (listener: Listener, after: number, onLive: (position: number) => void): Promise<void> => {
    if (listener.state !== 'silent') return;
    listener.state = 'catching-up';
    listener.cursor = after;
    while (isCatchingUp(listener)) {
      if (listener.cursor >= told()) {
        // In one go: what the hub tells next is told to this listener as well.
        audience.enter(listener);
        onLive(listener.cursor);
        return;
      }
      const { frames, end } = await turn(() => nextPage(listener));
      await write(listener, frames);
      listener.cursor = Math.max(listener.cursor, end);
      await setImmediate();
    }
  };
};

const isCatchingUp = ({ state }: Listener): boolean => state === 'catching-up';

// Turns events into frames: once an event and protocol, however many hear it.

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Event } from '../domain/events.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import type { UserDoc } from '../projections/users.ts';
import { VIEW_WAIT } from '../services.ts';
import { Unavailable } from '../store/ports.ts';
import type { FrameContext, Protocol } from './protocol.ts';
import { textFrame } from './textFrame.ts';

const KEPT_USERS = 20_000;
/** Bytes of the latest frames of one protocol, for those who come back after them. */
const KEPT_BYTES = 8_000_000;
/** What keeping one frame costs beside its bytes. */
const KEEPING = 200;

const NOTHING = Buffer.alloc(0);

export interface Framing {
  /** The frame of an event; undefined: this protocol does not tell it. @throws Unavailable */
  frame(protocol: Protocol, event: Event): Promise<Buffer | undefined>;
  /** The frame made lately for the event at `position`; null: it is not told; undefined: not made, or forgotten. */
  kept(protocol: Protocol, position: number): Buffer | null | undefined;
  /** What is known of this account is out of date from `position` on. */
  forget(userId: string, position: number): void;
}

/** `from`: accounts may have changed up to there. */
export const createFraming = (queries: Queries, progress: Progress, log: Logger, from: number): Framing => {
  const users = new LRUCache<string, UserDoc>({ max: KEPT_USERS });
  const changed = new LRUCache<string, number>({ max: KEPT_USERS });
  const frames = new WeakMap<Protocol, LRUCache<number, Buffer>>();

  const framesOf = (protocol: Protocol): LRUCache<number, Buffer> => {
    let kept = frames.get(protocol);
    if (kept === undefined) {
      kept = new LRUCache({ maxSize: KEPT_BYTES, sizeCalculation: (frame) => frame.length + KEEPING });
      frames.set(protocol, kept);
    }
    return kept;
  };

  /** Looks accounts up in views that have taken their last change. */
  const lookUp = async (ids: readonly string[], position: number): Promise<readonly UserDoc[]> => {
    const needed = Math.max(...ids.map((id) => changed.get(id) ?? Math.min(from, position)));
    const fresh = progress.position >= needed || (await progress.reached(needed, VIEW_WAIT));
    const found = [...(await queries.usersById(ids)).values()];
    if (fresh) for (const user of found) if ((changed.get(user.id) ?? 0) <= needed) users.set(user.id, user);
    return found;
  };

  const usersOf = async (wanted: Iterable<string | null>, position: number): Promise<Map<string, UserDoc>> => {
    const known = new Map<string, UserDoc>();
    let missing: string[] = [];
    for (const id of new Set(wanted)) {
      const user = id === null ? undefined : users.get(id);
      if (user !== undefined) known.set(user.id, user);
      else if (id !== null) missing.push(id);
    }
    if (missing.length === 0) return known;
    for (const user of await lookUp(missing, position)) known.set(user.id, user);
    missing = missing.filter((id) => !known.has(id));
    // Somebody who registered a moment ago.
    if (missing.length > 0 && progress.position < position && (await progress.reached(position, VIEW_WAIT)))
      for (const user of await lookUp(missing, position)) known.set(user.id, user);
    return known;
  };

  const contextOf = ({ position }: Event): FrameContext => ({
    users: (ids) => usersOf(ids, position),
    views: async () => {
      await progress.reached(position, VIEW_WAIT);
      return queries;
    },
  });

  return {
    frame: async (protocol, event) => {
      try {
        const text = await protocol.frame(event, contextOf(event));
        const frame = text === undefined ? undefined : textFrame(text);
        framesOf(protocol).set(event.position, frame ?? NOTHING);
        return frame;
      } catch (error) {
        if (error instanceof Unavailable) throw error;
        // A protocol that fails must not keep the others from hearing.
        log.error({ err: error, protocol: protocol.name, position: event.position }, 'an event could not be told');
        return undefined;
      }
    },
    kept: (protocol, position) => {
      const frame = frames.get(protocol)?.get(position);
      return frame === NOTHING ? null : frame;
    },
    forget: (userId, position) => {
      users.delete(userId);
      changed.set(userId, position);
    },
  };
};

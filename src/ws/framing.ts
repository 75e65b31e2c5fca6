// Turns events into frames: once an event and protocol, however many hear it.

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { Unreadable } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { Unavailable } from '../store/ports.ts';
import type { FrameContext, Protocol } from './protocol.ts';
import { textFrame } from './textFrame.ts';

/** Bytes of the latest frames of one protocol, for those who come back after them. */
const KEPT_BYTES = 8_000_000;
/** What keeping one frame costs beside its bytes. */
const KEEPING = 200;

const NOTHING = Buffer.alloc(0);

export interface Framing {
  /** The frame of an event; undefined: this protocol does not tell it. @throws Unavailable, Unreadable */
  frame(protocol: Protocol, event: Event): Promise<Buffer | undefined>;
  /** The frame made lately for the event at `position`; null: it is not told; undefined: not made, or forgotten. */
  kept(protocol: Protocol, position: number): Buffer | null | undefined;
}

export const createFraming = (context: FrameContext, log: Logger): Framing => {
  const frames = new WeakMap<Protocol, LRUCache<number, Buffer>>();

  const framesOf = (protocol: Protocol): LRUCache<number, Buffer> => {
    let kept = frames.get(protocol);
    if (kept === undefined) {
      kept = new LRUCache({ maxSize: KEPT_BYTES, sizeCalculation: (frame) => frame.length + KEEPING });
      frames.set(protocol, kept);
    }
    return kept;
  };

  return {
    frame: async (protocol, event) => {
      try {
        const text = await protocol.frame(event, context);
        const frame = text === undefined ? undefined : textFrame(text);
        framesOf(protocol).set(event.position, frame ?? NOTHING);
        return frame;
      } catch (error) {
        if (error instanceof Unavailable || error instanceof Unreadable) throw error;
        // A protocol that fails must not keep the others from hearing.
        log.error({ err: error, protocol: protocol.name, position: event.position }, 'an event could not be told');
        return undefined;
      }
    },
    kept: (protocol, position) => {
      const frame = frames.get(protocol)?.get(position);
      return frame === NOTHING ? null : frame;
    },
  };
};

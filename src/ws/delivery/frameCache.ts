// Makes the frame of an event once for each protocol, however many receive it, and keeps the latest for those who resume.

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { type Decode, Unreadable } from '../../domain/codec.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import type { FrameContext, Protocol } from '../protocol.ts';
import { textFrame } from '../textFrame.ts';

/** Bytes of one protocol's frames. */
const KEPT_BYTES = 8_000_000;
/** Bytes that keeping one frame costs beside its own. */
const KEEPING = 200;

const NOTHING = Buffer.alloc(0);

/** The frame of an event; empty: the protocol does not tell it. @throws Unavailable, Unreadable */
export type FrameOf = (protocol: Protocol, recorded: Recorded) => Promise<Buffer>;

export const createFrameCache = (context: FrameContext, decode: Decode, log: Logger): FrameOf => {
  const caches = new WeakMap<Protocol, LRUCache<number, Buffer>>();

  return async (protocol, recorded) => {
    const { position } = recorded;
    const cache =
      caches.get(protocol) ??
      new LRUCache<number, Buffer>({ maxSize: KEPT_BYTES, sizeCalculation: (frame) => frame.length + KEEPING });
    caches.set(protocol, cache);
    const cached = cache.get(position);
    if (cached !== undefined) return cached;
    try {
      const text = await protocol.frame(decode(recorded), context);
      const frame = text === undefined ? NOTHING : textFrame(text);
      cache.set(position, frame);
      return frame;
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Unreadable) throw error;
      // The subscribers of the other protocols still receive the event.
      log.error({ err: error, protocol: protocol.name, position }, 'an event could not be told');
      return NOTHING;
    }
  };
};

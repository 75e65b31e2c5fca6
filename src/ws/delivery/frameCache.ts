// Makes each event's frame once per protocol, and keeps the latest frames for sockets that resume.

import { LRUCache } from 'lru-cache';
import { Unreadable } from '../../domain/codec.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import type { FrameContext, Protocol } from '../protocol.ts';
import { textFrame } from '../textFrame.ts';

/** Bytes of one protocol's frames. */
const KEPT_BYTES = 8_000_000;
/** Bytes that one frame costs beside its own. */
const KEEPING = 200;

const NOTHING = Buffer.alloc(0);

export type FrameOf = ReturnType<typeof createFrameCache>;

export const createFrameCache = ({ decode, log }: Pick<Services, 'decode' | 'log'>, context: FrameContext) => {
  const caches = new WeakMap<Protocol, LRUCache<number, Buffer>>();

  /** The frame of an event; empty: the protocol has none for it. @throws Unavailable, Unreadable */
  return async (protocol: Protocol, recorded: Recorded): Promise<Buffer> => {
    const { position } = recorded;
    const cache =
      caches.get(protocol) ??
      new LRUCache<number, Buffer>({ maxSize: KEPT_BYTES, sizeCalculation: (frame) => frame.length + KEEPING });
    caches.set(protocol, cache);
    const cached = cache.get(position);
    if (cached !== undefined) return cached;
    try {
      const content = await protocol.frame(decode(recorded), context);
      const frame = content === undefined ? NOTHING : textFrame(JSON.stringify(content));
      cache.set(position, frame);
      return frame;
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Unreadable) throw error;
      // The subscribers of the other protocols still receive the event.
      log.error({ err: error, protocol: protocol.name, position }, 'the frame of an event could not be made');
      return NOTHING;
    }
  };
};

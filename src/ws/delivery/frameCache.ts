// Makes each event's frame once per protocol, and keeps the latest frames for sockets that resume.

import { LRUCache } from 'lru-cache';
import { Unreadable } from '../../domain/codec.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import type { FrameContext, Protocol } from '../protocol.ts';
import { textFrame } from '../textFrame.ts';

/** Bytes of all frames. */
const KEPT_BYTES = 32_000_000;
/** Bytes that one frame costs beside its own. */
const KEEPING = 200;

const NOTHING = Buffer.alloc(0);

export type FrameCache = ReturnType<typeof createFrameCache>;

/** The frames of a run of events, by protocol. */
export type Frames = ReadonlyMap<Protocol, readonly Buffer[]>;

export const createFrameCache = ({ decode, log }: Pick<Services, 'decode' | 'log'>, context: FrameContext) => {
  const kept = new LRUCache<string, Buffer>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (frame) => frame.length + KEEPING,
  });

  /** The frame of an event; empty: the protocol has none for it. @throws Unavailable, Unreadable */
  const frameOf = async (protocol: Protocol, recorded: Recorded): Promise<Buffer> => {
    const { position } = recorded;
    const key = `${protocol.name}:${position}`;
    const cached = kept.get(key);
    if (cached !== undefined) return cached;
    try {
      const content = await protocol.frame(decode(recorded), context);
      const frame = content === undefined ? NOTHING : textFrame(JSON.stringify(content));
      kept.set(key, frame);
      return frame;
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Unreadable) throw error;
      // The subscribers of the other protocols still receive the event.
      log.error({ err: error, protocol: protocol.name, position }, 'the frame of an event could not be made');
      return NOTHING;
    }
  };

  /** Makes the frames of `run` for each of the protocols, and calls `use` without a pause after the last one. */
  const withFrames = async (
    run: readonly Recorded[],
    protocols: () => Iterable<Protocol>,
    use: (frames: Frames) => void,
  ): Promise<void> => {
    const frames = new Map<Protocol, readonly Buffer[]>();
    for (;;) {
      // A subscriber of another protocol may come while the frames are made.
      const protocol = [...protocols()].find((one) => !frames.has(one));
      if (protocol === undefined) return use(frames);
      const made: Buffer[] = [];
      for (const recorded of run) made.push(await frameOf(protocol, recorded));
      frames.set(protocol, made);
    }
  };

  return { frameOf, withFrames };
};

// A sink that keeps what it is told, for a hub without sockets.

import type { Sink } from '../../src/ws/protocol.ts';
import type { Frame } from './sockets.ts';

export interface KeptSink extends Sink {
  readonly frames: Frame[];
  /** The code it was ended with. */
  ended: number | undefined;
}

const payloads = (buffer: Buffer): Frame[] => {
  const found: Frame[] = [];
  for (let at = 0; at < buffer.length; ) {
    const short = buffer[at + 1]!;
    const [start, length] = short < 126 ? [at + 2, short] : [at + 4, buffer.readUInt16BE(at + 2)];
    found.push(JSON.parse(buffer.subarray(start, start + length).toString()));
    at = start + length;
  }
  return found;
};

export const keptSink = (): KeptSink => {
  const sink: KeptSink = {
    frames: [],
    ended: undefined,
    write: (frame) => void sink.frames.push(...payloads(frame)),
    cork: () => undefined,
    uncork: () => undefined,
    isFull: false,
    drained: async () => undefined,
    end: (code) => {
      sink.ended ??= code;
    },
  };
  return sink;
};

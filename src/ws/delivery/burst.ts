// Frames that leave in one write.

import { joined } from '../textFrame.ts';

export interface Burst {
  readonly whole: Buffer;
  readonly frames: readonly Buffer[];
  /** Of the event of each frame. */
  readonly positions: readonly number[];
}

export const burstOf = (framed: readonly (readonly [frame: Buffer, position: number])[]): Burst => {
  const frames = framed.map(([frame]) => frame);
  return { whole: joined(frames), frames, positions: framed.map(([, position]) => position) };
};

/** The bytes of the frames after a position, up to and with another. */
export const between = ({ whole, frames, positions }: Burst, after: number, upTo: number): Buffer =>
  after < positions[0]! && positions.at(-1)! <= upTo
    ? whole
    : joined(frames.filter((_, i) => after < positions[i]! && positions[i]! <= upTo));

// Frames as they wait for slow clients.

import { expect, test } from 'vitest';
import { joined, textFrame } from '../../src/ws/textFrame.ts';

const memoryOf = ({ buffer }: Buffer) => buffer.byteLength;

test('a frame, and frames that leave together, keep no memory but their own', () => {
  const frames = [textFrame('one'), textFrame('another')];
  for (const frame of [...frames, joined(frames)]) expect(memoryOf(frame)).toBe(frame.length);
});

test('frames leave together in their order, and one alone as it is', () => {
  const [one, other] = [textFrame('one'), textFrame('x'.repeat(70_000))];
  expect(joined([one, other, one])).toEqual(Buffer.concat([one, other, one]));
  expect(joined([Buffer.alloc(0), other])).toBe(other);
  expect(joined([])).toHaveLength(0);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PACE, PartialMessage } from '../../src/ws/flow/partialMessage.ts';
import { clientFrame } from '../support/sockets.ts';

const TEXT = 0x1;
const GOES_ON = 0x0;
const PING = 0x9;

/** A message in one or more fragments, pings between them. */
const message = fc
  .array(fc.record({ bytes: fc.oneof(fc.nat(200), fc.integer({ min: 65_000, max: 66_000 })), pings: fc.nat(2) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((fragments) =>
    fragments.flatMap(({ bytes, pings }, i) => [
      clientFrame(i === 0 ? TEXT : GOES_ON, bytes, i === fragments.length - 1),
      ...(i === fragments.length - 1 ? [] : Array.from({ length: pings }, () => clientFrame(PING, 5))),
    ]),
  );

test('knows at any byte, however they come, whether a message has begun, and how much of it is held', () => {
  void fc.assert(
    fc.property(
      fc.array(fc.oneof(message, fc.constant([clientFrame(PING, 3)])), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 70_000 }))),
      (messages, sizes) => {
        const whole: number[] = [0];
        for (const frames of messages) whole.push(whole.at(-1)! + Buffer.concat(frames).length);
        const all = Buffer.concat(messages.flat());
        const partial = new PartialMessage();
        for (let at = 0; at < all.length; ) {
          const chunk = all.subarray(at, at + sizes.next().value!);
          partial.take(chunk);
          at += chunk.length;
          const since = at - whole.findLast((end) => end <= at)!;
          expect(partial.hasBegun).toBe(since > 0);
          expect(partial.held > 0).toBe(since > 0);
          expect(partial.held).toBeGreaterThanOrEqual(since);
        }
      },
    ),
  );
});

test('a message of many small chunks counts for the memory they take', () => {
  const partial = new PartialMessage();
  for (const byte of clientFrame(TEXT, 1000).subarray(0, 1000)) partial.take(Buffer.of(byte));
  expect(partial.held).toBeGreaterThan(300_000);
});

const SECOND = 1000;

test('25 MB at 100 kB a second are never behind; a message that stops is, however much of it came at once', () => {
  const slow = new PartialMessage();
  slow.take(clientFrame(TEXT, 25_000_000).subarray(0, 14));
  for (let second = 0; second < 249; second++) {
    slow.take(Buffer.alloc(100_000));
    slow.pass(SECOND);
    expect(slow.behind).toBe(0);
  }
  expect(slow.hasBegun).toBe(true);
  for (let second = 1; second <= 5; second++) {
    slow.pass(SECOND);
    expect(slow.behind).toBe(second * SECOND);
  }
});

test('what comes slower than the pace falls behind, and pings do not bring it on', () => {
  const partial = new PartialMessage();
  partial.take(clientFrame(TEXT, 10, false));
  for (let second = 1; second <= 4; second++) {
    partial.take(clientFrame(GOES_ON, PACE / 2 - 8, false));
    for (let i = 0; i < 100; i++) partial.take(clientFrame(PING, 100));
    partial.pass(SECOND);
  }
  expect(partial.behind).toBeGreaterThan(1900);
  partial.take(clientFrame(GOES_ON, 0));
  expect([partial.hasBegun, partial.held]).toEqual([false, 0]);
  partial.pass(60 * SECOND);
  expect(partial.behind).toBe(0);
});

test('a ping that has begun falls behind like any message', () => {
  const partial = new PartialMessage();
  partial.take(clientFrame(PING, 100).subarray(0, 50));
  partial.pass(SECOND);
  expect(partial.behind).toBe(SECOND);
});

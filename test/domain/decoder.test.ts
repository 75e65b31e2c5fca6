// The decoder that all followers of the log share.

import { expect, test } from 'vitest';
import { createDecoder, decode, encode } from '../../src/domain/codec.ts';
import { recordedAt } from '../support/recorded.ts';
import { uuid } from '../support/scenario.ts';

const at = '2026-01-01T00:00:00.000Z';
const recorded = (id: number, position: number, username: string) =>
  recordedAt(
    encode(uuid(id), { type: 'UsernameChanged', data: { userId: uuid(1), username } }, at, {
      actorId: null,
      correlationId: 'test',
    }),
    { stream: 'user-1', revision: position, position },
  );

test('an event is decoded once, and never taken for another of the same place', () => {
  const decode = createDecoder();
  const first = recorded(2, 5, 'ada');
  expect(decode(first)).toBe(decode(first));
  const later = recorded(3, 5 + 1024, 'ben');
  expect(decode(later)).toMatchObject({ position: 1029, data: { username: 'ben' } });
  expect(decode(first)).toMatchObject({ position: 5, data: { username: 'ada' } });
  // A log that was restored has another event there.
  expect(decode(recorded(4, 5, 'cleo'))).toMatchObject({ data: { username: 'cleo' } });
});

test('an event is decoded again when its keys are gone', () => {
  const decode = createDecoder();
  const open = recorded(2, 5, 'ada');
  decode(open);
  expect(decode({ ...open, opened: null })).toMatchObject({ data: { username: null }, isClosed: true });
});

test('each event is decoded again after all were forgotten', () => {
  const decode = createDecoder();
  const all = Array.from({ length: 1100 }, (_, i) => recorded(i, i, 'ada'));
  const before = all.map(decode);
  decode.forget!();
  for (const [i, one] of all.entries()) expect(decode(one)).not.toBe(before[i]);
});

/** How many events of one size, of more than it keeps, a decoder has decoded for good: the latest ones. */
const keptOf = (usernameChars: number, count: number): number => {
  const decode = createDecoder();
  const all = Array.from({ length: count }, (_, i) => recorded(i, i, 'x'.repeat(usernameChars)));
  const decoded = all.map(decode);
  return count - 1 - all.findLastIndex((one, i) => decode(one) !== decoded[i]);
};

test('a thousand short events are kept, and no more bytes of long ones than there is room for', () => {
  const short = keptOf(10, 5000);
  expect(short).toBeGreaterThanOrEqual(1024);
  expect(short).toBeLessThanOrEqual(2048);
  // Two bytes a character.
  const long = 200_000 * keptOf(100_000, 130);
  expect(long).toBeGreaterThan(7_000_000);
  expect(long).toBeLessThan(16_000_000);
});

test('an event whose keys were destroyed is read with nothing in place of its private part', () => {
  expect(decode({ ...recorded(5, 7, 'ada'), opened: null })).toMatchObject({
    data: { userId: uuid(1), username: null },
    isClosed: true,
  });
});

test('an event whose private part is damaged is never taken for one whose keys were destroyed', () => {
  expect(() => decode({ ...recorded(6, 8, 'ada'), opened: '' })).toThrow(
    'event 8, in user-1, has a private part that is damaged',
  );
});

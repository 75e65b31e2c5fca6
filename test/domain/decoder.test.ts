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

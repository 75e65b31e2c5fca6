import { expect, test } from 'vitest';
import { isFresh } from '../../src/domain/confirmation.ts';

const now = new Date('2026-01-05T12:00:00Z');

test.each([
  ['2026-01-05T11:55:00.001Z', true],
  ['2026-01-05T11:55:00.000Z', false],
  ['2026-01-05T12:00:30Z', true],
  ['2027-01-05T12:00:00Z', false],
])('a sign-in at %s stands for the password at noon: %j', (at, fresh) => {
  expect(isFresh(new Date(at), now)).toBe(fresh);
});

test('a sign-in of an unknown time does not', () => {
  expect(isFresh(null, now)).toBe(false);
});

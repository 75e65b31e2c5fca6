// The tokens in links: for one purpose, one account and one state of it, until their end.

import { expect, test } from 'vitest';
import { createLinks, LINK_LIMIT } from '../../src/auth/links.ts';

const [newest, older] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
let now = new Date('2026-01-05T12:00:00Z');
const made = (...secrets: [Uint8Array, ...Uint8Array[]]) => createLinks({ secrets, now: () => now });
const links = made(newest);
const ann = '00000000-0000-4000-8000-000000000001';
const ben = '00000000-0000-4000-8000-000000000002';
const state = ['ann@example.org', 0] as const;

test('a token says whose it is, and is good for that purpose and state alone', () => {
  const token = links.token('reset-password', ann, state);
  expect(token.length).toBeLessThanOrEqual(LINK_LIMIT);
  expect(links.userIdIn(token)).toBe(ann);
  expect(links.isGood('reset-password', token, state)).toBe(true);
  expect(links.isGood('verify-email', token, state)).toBe(false);
  for (const other of [['ann@example.org', 1], ['ann@example.net', 0], ['ann@example.org'], [null, 0]])
    expect(links.isGood('reset-password', token, other)).toBe(false);
  expect(links.isGood('reset-password', token.replace(ann, ben), state)).toBe(false);
});

test('it ends', () => {
  const token = links.token('reset-password', ann, state);
  const later = token.replace(/\.(\d+)\./, (_, end) => `.${Number(end) + 60}.`);
  now = new Date('2026-01-05T12:29:59Z');
  expect(links.isGood('reset-password', token, state)).toBe(true);
  now = new Date('2026-01-05T12:30:00Z');
  expect([token, later].map((one) => links.isGood('reset-password', one, state))).toEqual([false, false]);
});

test('every secret verifies, the first one makes', () => {
  const [old, both] = [made(older), made(newest, older)];
  expect(both.isGood('verify-email', old.token('verify-email', ann, state), state)).toBe(true);
  expect(old.isGood('verify-email', both.token('verify-email', ann, state), state)).toBe(false);
});

test('what is no token is none', () => {
  for (const text of [
    '',
    '.',
    `${ann}.99999999999.`,
    `${ann}.99999999999.${'A'.repeat(42)}`,
    `${ann}.1e9.${'A'.repeat(43)}`,
  ])
    expect([text, links.userIdIn(text), links.isGood('verify-email', text, state)]).toEqual([text, undefined, false]);
});

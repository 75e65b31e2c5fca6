// Whose word counts for where a client is.

import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createAddressOf } from '../../src/limits/clientAddress.ts';

const asked = (trusted: string[], from: string | undefined, headers: Record<string, string> = {}) =>
  createAddressOf(trusted)({ socket: { remoteAddress: from }, headers } as never);

const PROXIES = ['10.0.0.0/8', '2001:db8:ffff::/48', '127.0.0.1'];

describe('without a trusted proxy', () => {
  test('the address is that of the connection, whatever the client says', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    expect(asked([], '192.0.2.1', headers)).toBe('192.0.2.1');
    expect(asked(PROXIES, '192.0.2.1', headers)).toBe('192.0.2.1');
    expect(asked(PROXIES, '::ffff:192.0.2.1', headers)).toBe('192.0.2.1');
    expect(asked(PROXIES, undefined, headers)).toBe('');
  });
});

describe('behind a trusted proxy', () => {
  test.each([
    ['one address', '203.0.113.9', '203.0.113.9'],
    ['what the client put before it is passed by', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['other trusted proxies are passed by', '198.51.100.1, 203.0.113.9, 10.2.3.4', '203.0.113.9'],
    ['a whole row of proxies: the first of them', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['IPv6', '2001:db8::7', '2001:db8::7'],
    ['IPv6 of a trusted network', '203.0.113.9, 2001:db8:ffff::7', '203.0.113.9'],
    ['IPv6 in brackets, with a port', '[2001:db8::7]:4711', '2001:db8::7'],
    ['with a port', '203.0.113.9:4711', '203.0.113.9'],
    ['no address: the proxy that hides it', 'unknown', '10.0.0.5'],
    ['no address among them: the proxy behind it', '203.0.113.9, unknown, 10.2.3.4', '10.2.3.4'],
    ['empty', '', '10.0.0.5'],
    ['text', '<script>', '10.0.0.5'],
  ])('X-Forwarded-For: %s', (_, header, expected) => {
    expect(asked(PROXIES, '10.0.0.5', { 'x-forwarded-for': header })).toBe(expected);
    expect(asked(PROXIES, '::ffff:10.0.0.5', { 'x-forwarded-for': header })).toBe(expected);
  });

  test.each([
    ['one address', 'for=203.0.113.9;proto=https', '203.0.113.9'],
    ['in any case, quoted, with a port', 'For="203.0.113.9:4711"', '203.0.113.9'],
    ['IPv6', 'for="[2001:db8::7]:4711"', '2001:db8::7'],
    ['the rightmost that is no proxy', 'for=198.51.100.1, for=203.0.113.9, for=10.2.3.4', '203.0.113.9'],
    ['hidden', 'for=_hidden', '10.0.0.5'],
    ['without an address', 'proto=https', '10.0.0.5'],
    ['malformed', 'for="', '10.0.0.5'],
  ])('Forwarded: %s', (_, header, expected) => {
    expect(asked(PROXIES, '10.0.0.5', { forwarded: header })).toBe(expected);
  });

  test('a header that the proxy passes on and did not set moves nobody to another address', () => {
    const forged = { forwarded: 'for=198.51.100.1', 'x-forwarded-for': '203.0.113.9' };
    expect(asked(PROXIES, '10.0.0.5', forged)).toBe('10.0.0.5');
    const agreeing = { forwarded: 'for=198.51.100.1, for=203.0.113.9', 'x-forwarded-for': '203.0.113.9' };
    expect(asked(PROXIES, '10.0.0.5', agreeing)).toBe('203.0.113.9');
  });
});

test('a list of proxies that is none is refused by its name', () => {
  for (const text of ['proxy', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0/8', '::1/129', '10.0.0.1,nowhere', '10.0.0.0/'])
    expect(() => readConfig({ TRUSTED_PROXIES: text }), text).toThrow(
      'TRUSTED_PROXIES: must be addresses and networks',
    );
  expect(readConfig({ TRUSTED_PROXIES: '10.0.0.0/8, ::1, 192.0.2.1' }).TRUSTED_PROXIES).toHaveLength(3);
});

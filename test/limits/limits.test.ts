// What one client has used up, nobody else has; and what it costs to count.

import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { limitHeaders, refusedHeaders } from '../../src/limits/headers.ts';
import { type Client, createLimits, TooManyRequests } from '../../src/limits/limits.ts';
import { networkOf } from '../../src/limits/network.ts';

const setUp = (settings: Record<string, string> = {}) => {
  let time = 0;
  const told: string[] = [];
  const reached: string[] = [];
  const config = readConfig({ LIMIT_SENDS: '3/60', LIMIT_SIGN_INS: '2/10', LIMIT_READS: '4/60', ...settings });
  const pauses: number[] = [];
  const limits = createLimits(config, {
    pause: async (milliseconds) => pauses.push(milliseconds),
    clock: () => time,
    tell: (text) => told.push(text),
    onReached: ({ name }) => reached.push(name),
  });
  const wait = (seconds: number): void => {
    time += seconds * 1000;
  };
  return { limits, told, reached, pauses, wait };
};

const from = (address: string | null, actorId: string | null = null): Client => ({ address, actorId });
const ann = from('192.0.2.1', 'ann');

const times = (count: number, act: () => unknown): number => {
  let done = 0;
  for (let i = 0; i < count; i++)
    try {
      act();
      done++;
    } catch (error) {
      if (!(error instanceof TooManyRequests)) throw error;
    }
  return done;
};

const refusal = (act: () => unknown): TooManyRequests => {
  try {
    act();
  } catch (error) {
    if (error instanceof TooManyRequests) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a limit', () => {
  test('is of an account wherever it is, and of nobody else', () => {
    const { limits } = setUp();
    const send = (client: Client) => limits.count({ sends: 1 }, client);
    expect(times(5, () => send(ann))).toBe(3);
    expect(times(5, () => send(from('192.0.2.9', 'ann')))).toBe(0);
    expect(times(5, () => send(from('192.0.2.1', 'ben')))).toBe(3);
  });

  test('is of an address, whatever account asks', () => {
    const { limits } = setUp();
    const signIn = (client: Client) => limits.count({ 'sign-ins': 1 }, client);
    expect(times(5, () => signIn(ann))).toBe(2);
    expect(times(5, () => signIn(from('192.0.2.1', 'ben')))).toBe(0);
    expect(times(5, () => signIn(from('192.0.2.2', 'ann')))).toBe(2);
  });

  test('of IPv6 is of a network of 64 bits, and IPv4 in its form is IPv4', () => {
    const { limits } = setUp();
    const signIn = (address: string) => limits.count({ 'sign-ins': 1 }, from(address));
    expect([1, 2, 3].map((host) => times(1, () => signIn(`2001:db8:1:2::${host}`)))).toEqual([1, 1, 0]);
    expect(times(1, () => signIn('2001:db8:1:3::1'))).toBe(1);
    signIn('192.0.2.1');
    signIn('::ffff:192.0.2.1');
    expect(times(1, () => signIn('192.0.2.1'))).toBe(0);
  });

  test('counts a stranger by the address where accounts count by themselves', () => {
    const { limits } = setUp();
    expect(times(5, () => limits.count({ sends: 1 }, from('192.0.2.1')))).toBe(3);
    expect(times(5, () => limits.count({ sends: 1 }, from('192.0.2.2')))).toBe(3);
  });

  test('never holds for the program itself', () => {
    const { limits } = setUp();
    expect(times(100, () => limits.count({ sends: 1 }, from(null, 'ann')))).toBe(100);
    expect(times(5, () => limits.count({ sends: 1 }, ann))).toBe(3);
  });

  test('refills evenly, and no further than its quota', () => {
    const { limits, wait } = setUp();
    const send = () => limits.count({ sends: 1 }, ann);
    times(3, send);
    wait(19);
    expect(times(3, send)).toBe(0);
    wait(1);
    expect(times(3, send)).toBe(1);
    wait(600);
    expect(times(9, send)).toBe(3);
  });

  test('gives back what was not used', () => {
    const { limits } = setUp();
    const send = () => limits.count({ sends: 1 }, ann);
    times(3, send);
    limits.giveBack({ sends: 1 }, ann);
    expect(times(3, send)).toBe(1);
    limits.giveBack({ sends: 100 }, ann);
    expect(times(9, send)).toBe(3);
  });

  test('that is reached leaves the others untouched', () => {
    const { limits, reached } = setUp();
    times(3, () => limits.count({ sends: 1 }, ann));
    expect(times(4, () => limits.count({ reads: 1, sends: 1 }, ann))).toBe(0);
    expect(times(9, () => limits.count({ reads: 1 }, ann))).toBe(4);
    expect(new Set(reached)).toEqual(new Set(['sends', 'reads']));
  });

  test('can be switched off, alone or with all others', () => {
    const alone = setUp({ LIMIT_SENDS: 'Off' });
    expect(times(50, () => alone.limits.count({ sends: 1, 'sign-ins': 1 }, ann))).toBe(2);
    expect(times(50, () => alone.limits.count({ sends: 1 }, ann))).toBe(50);
    const all = setUp({ LIMITS: 'off' });
    expect(times(50, () => all.limits.count({ sends: 1, 'sign-ins': 1 }, ann))).toBe(50);
    expect(all.limits.left(ann)).toEqual([]);
  });

  test('that means nothing is refused by its name', () => {
    for (const text of ['0/60', '10', '10/0', '1e3/60', 'on', '-1/60'])
      expect(() => readConfig({ LIMIT_SENDS: text }), text).toThrow('LIMIT_SENDS: must be a quota and the seconds');
  });
});

describe('a client', () => {
  test('learns which limit it came nearest to, and when that is whole again', () => {
    const { limits } = setUp();
    expect(limitHeaders(limits.count({ reads: 1, sends: 1 }, ann))).toEqual({
      'RateLimit-Policy': '"sends";q=3;w=60',
      RateLimit: '"sends";r=2;t=20',
    });
    expect(limitHeaders([])).toEqual({});
  });

  test('learns when it may try again', () => {
    const { limits, wait } = setUp();
    times(3, () => limits.count({ sends: 1 }, ann));
    wait(5);
    const refused = refusal(() => limits.count({ sends: 1 }, ann));
    expect(refusedHeaders(refused)).toEqual({
      'Retry-After': '15',
      'RateLimit-Policy': '"sends";q=3;w=60',
      RateLimit: '"sends";r=0;t=15',
    });
  });

  test('at two limits at once learns when both let it pass', () => {
    const { limits, reached, wait } = setUp();
    const both = () => limits.count({ reads: 1, sends: 1 }, ann);
    times(4, () => limits.count({ reads: 1 }, ann));
    times(3, () => limits.count({ sends: 1 }, ann));
    const { policy, retryAfter } = refusal(both);
    expect([policy.name, retryAfter, reached]).toEqual(['sends', 20, ['sends']]);
    wait(retryAfter);
    expect(times(1, both)).toBe(1);
  });

  test.each(['1/7', '20/1200', '100/600'])('that waits as long as %s says then passes', (rate) => {
    const { limits, wait } = setUp({ LIMIT_SENDS: rate });
    const send = () => limits.count({ sends: 1 }, ann);
    for (let round = 0; round < 20; round++) {
      times(100, send);
      const { retryAfter } = refusal(send);
      for (let second = 0; second < retryAfter; second++) {
        wait(1);
        // Looking at what is left refills it so far.
        limits.left(ann);
      }
      expect(times(1, send), `round ${round}`).toBe(1);
    }
  });
});

test('a client that asks on in spite of its refusals gets them a second late', async () => {
  const { limits, pauses, wait } = setUp({ LIMIT_REFUSALS: '2/60' });
  for (let i = 0; i < 2; i++) await limits.slowDown(from('192.0.2.1'));
  await limits.slowDown(from('192.0.2.2'));
  expect(pauses).toEqual([]);
  for (let i = 0; i < 3; i++) await limits.slowDown(from('192.0.2.1'));
  expect(pauses).toEqual([1000, 1000, 1000]);
  wait(60);
  await limits.slowDown(from('192.0.2.1'));
  expect(pauses).toHaveLength(3);
});

describe('the memory of the counters', () => {
  test('has an end, however many addresses an attacker has', () => {
    const { limits } = setUp();
    times(2, () => limits.count({ 'sign-ins': 1 }, ann));
    for (let i = 0; i < 30_000; i++)
      limits.count({ 'sign-ins': 1 }, from(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
    // Only what was remembered can be refused: the oldest was forgotten.
    expect(times(1, () => limits.count({ 'sign-ins': 1 }, ann))).toBe(1);
    expect(times(1, () => limits.count({ 'sign-ins': 1 }, from('10.0.117.47')))).toBe(1);
    expect(times(1, () => limits.count({ 'sign-ins': 1 }, from('10.0.117.47')))).toBe(0);
  });
});

describe('two processes', () => {
  const two = () => {
    const one = setUp({ LIMIT_GUESSES: '4/60' });
    const other = setUp({ LIMIT_GUESSES: '4/60' });
    return { one, other, pass: () => one.told.splice(0).forEach(other.limits.hear) };
  };

  test('count sign-ins and guesses together, and what was given back', () => {
    const { one, other, pass } = two();
    const costs = { guesses: 1, 'sign-ins': 1 };
    times(2, () => one.limits.count(costs, ann));
    one.limits.giveBack({ guesses: 1 }, ann);
    pass();
    expect(times(5, () => other.limits.count({ 'sign-ins': 1 }, ann))).toBe(0);
    expect(times(5, () => other.limits.count({ guesses: 1 }, ann))).toBe(3);
  });

  test('know together where an account was signed in', () => {
    const { one, other, pass } = two();
    one.limits.know(ann);
    one.limits.know(ann);
    expect(one.told).toHaveLength(1);
    expect(other.limits.knows(ann)).toBe(false);
    pass();
    expect(other.limits.knows(ann)).toBe(true);
    expect(other.limits.knows(from('192.0.2.2', 'ann'))).toBe(false);
  });

  test('count alone what guards one process', () => {
    const { one } = two();
    one.limits.count({ sends: 1, reads: 1 }, ann);
    expect(one.told).toEqual([]);
  });

  test('pass by what they do not understand', () => {
    const { limits } = setUp();
    for (const text of [
      '',
      '{',
      '{"counted":[["sends","ann",9]]}',
      '{"counted":[["constructor","ann",9]]}',
      '{"counted":1}',
    ])
      limits.hear(text);
    expect(times(5, () => limits.count({ sends: 1 }, ann))).toBe(3);
  });
});

test('networks are told apart by their first 64 bits, in every spelling', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:DB8:0001:2::9'));
  expect(networkOf('2001:db8:1:2::9')).not.toBe(networkOf('2001:db8:1:3::9'));
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
  expect(networkOf('::1')).toBe('0:0:0:0');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0');
  expect(networkOf('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(networkOf('')).toBe('');
});

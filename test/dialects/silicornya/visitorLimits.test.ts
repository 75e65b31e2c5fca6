import { describe, expect, test } from 'vitest';
import { createVisitorLimits, networkOf } from '../../../src/dialects/silicornya/visitorLimits.ts';

const limits = { sockets: 2, address: { perSecond: 10, burst: 4 }, socket: { perSecond: 1, burst: 3 } };
const clocked = () => {
  let time = 0;
  const visitors = createVisitorLimits(limits, () => time);
  return { visitors, wait: (milliseconds: number) => (time += milliseconds) };
};

describe('sockets of one address', () => {
  test('are so many at once, whatever other addresses have', () => {
    const { visitors } = clocked();
    expect([visitors.enter('1.2.3.4'), visitors.enter('1.2.3.4'), visitors.enter('1.2.3.4')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(visitors.enter('1.2.3.5')).toBe(true);
    visitors.leave('1.2.3.4');
    expect(visitors.enter('::ffff:1.2.3.4')).toBe(true);
    expect(visitors.enter('1.2.3.4')).toBe(false);
  });

  test('of IPv6 are those of a network', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::9'));
    expect(networkOf('2001:db8:1:2::9')).not.toBe(networkOf('2001:db8:1:3::9'));
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
    expect(networkOf('::1')).toBe('0:0:0:0');
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0');
    expect(networkOf('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(networkOf('')).toBe('');
  });
});

describe('enquiries', () => {
  test('of one socket come so fast, and again after a while', () => {
    const { visitors, wait } = clocked();
    const bucket = visitors.bucket();
    const asks = () => visitors.takes(bucket, '1.2.3.4');
    expect([asks(), asks(), asks(), asks()]).toEqual([true, true, true, false]);
    wait(1000);
    expect([asks(), asks()]).toEqual([true, false]);
  });

  test('of one address are counted over all its sockets, also those that came later', () => {
    const { visitors, wait } = clocked();
    const asks = (address: string) => visitors.takes(visitors.bucket(), address);
    expect(Array.from({ length: 6 }, () => asks('1.2.3.4'))).toEqual([true, true, true, true, false, false]);
    expect(asks('1.2.3.5')).toBe(true);
    wait(100);
    expect([asks('1.2.3.4'), asks('1.2.3.4')]).toEqual([true, false]);
  });
});

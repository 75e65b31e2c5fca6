import { describe, expect, it } from 'vitest';
import { RecentEvents } from '../../../src/store/embedded/recentEvents.ts';
import type { Recorded } from '../../../src/store/ports.ts';

function recorded(from: number, to: number, chars = 2): Recorded[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const data = 'x'.repeat(chars);
    return {
      position: from + i,
      stream: 'messages-1',
      revision: from + i,
      id: '',
      type: 'MessageSent',
      data,
      meta: '',
    };
  });
}

function positionsAfter(recent: RecentEvents, position: number, limit: number): number[] | undefined {
  return recent.after(position, limit)?.map((event) => event.position);
}

describe('the recent events', () => {
  it('are given from any position that is still kept, as many as asked for', () => {
    const recent = new RecentEvents(10);
    recent.push(recorded(11, 14));
    expect(positionsAfter(recent, 10, 100)).toEqual([11, 12, 13, 14]);
    expect(positionsAfter(recent, 11, 2)).toEqual([12, 13]);
    expect(positionsAfter(recent, 14, 100)).toEqual([]);
    expect(positionsAfter(recent, 99, 100)).toEqual([]);
    expect(positionsAfter(recent, 9, 100)).toBeUndefined();
  });

  it('are bounded in number', () => {
    const recent = new RecentEvents(0);
    recent.push(recorded(1, 20_000));
    expect(recent.after(20_000 - 8193, 1)).toBeUndefined();
    expect(positionsAfter(recent, 20_000 - 8192, 10_000)).toEqual(recorded(11_809, 20_000).map((e) => e.position));
  });

  it('are bounded in length', () => {
    const recent = new RecentEvents(0);
    for (let position = 1; position <= 100; position++) recent.push(recorded(position, position, 900_000));
    expect(recent.after(91, 10)).toBeUndefined();
    for (let position = 92; position < 100; position++)
      expect(positionsAfter(recent, position, 10)).toEqual([position + 1]);
  });

  it('begin anew where the log turns out to be elsewhere', () => {
    const recent = new RecentEvents(0);
    recent.push(recorded(1, 3));
    recent.reset(5);
    expect(positionsAfter(recent, 3, 10)).toBeUndefined();
    recent.push(recorded(8, 9));
    expect(recent.head).toBe(9);
    expect(recent.after(5, 10)).toBeUndefined();
    expect(positionsAfter(recent, 7, 10)).toEqual([8, 9]);
  });
});

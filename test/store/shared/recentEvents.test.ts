import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../src/store/ports.ts';
import { RecentEvents } from '../../../src/store/shared/recentEvents.ts';

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

function recentFrom(position: number, events: readonly Recorded[] = []): RecentEvents {
  const recent = new RecentEvents();
  recent.start(position);
  for (const event of events) recent.push(event);
  return recent;
}

function positionsAfter(recent: RecentEvents, position: number, limit: number): number[] | undefined {
  return recent.after(position, limit)?.map((event) => event.position);
}

describe('the recent events', () => {
  it('are none before it is known where they begin', () => {
    expect(new RecentEvents().after(0, 10)).toBeUndefined();
  });

  it('are given from any position that is still kept, as many as asked for', () => {
    const recent = recentFrom(10, recorded(11, 14));
    expect(positionsAfter(recent, 10, 100)).toEqual([11, 12, 13, 14]);
    expect(positionsAfter(recent, 11, 2)).toEqual([12, 13]);
    expect(positionsAfter(recent, 14, 100)).toEqual([]);
    expect(positionsAfter(recent, 99, 100)).toEqual([]);
    expect(positionsAfter(recent, 9, 100)).toBeUndefined();
  });

  it('may have holes between their positions', () => {
    const recent = recentFrom(
      100,
      [110, 150, 151].flatMap((position) => recorded(position, position)),
    );
    expect(positionsAfter(recent, 100, 2)).toEqual([110, 150]);
    expect(positionsAfter(recent, 120, 10)).toEqual([150, 151]);
    expect(positionsAfter(recent, 151, 10)).toEqual([]);
  });

  it('give the one event that a reader of its stream asks for, while it is among the very latest', () => {
    const [other] = recorded(3, 3);
    const events = [...recorded(1, 2), { ...other!, stream: 'messages-2', revision: 2 }];
    const recent = recentFrom(0, events);
    expect(recent.one('messages-1', { from: 2, limit: 1 })).toEqual([events[1]]);
    expect(recent.one('messages-2', { from: 2, limit: 1 })).toEqual([events[2]]);
    expect(recent.one('messages-1', { from: 3, limit: 1 })).toBeUndefined();
    expect(recent.one('messages-1', { limit: 1 })).toBeUndefined();
    expect(recent.one('messages-1', { from: 1, limit: 2 })).toBeUndefined();
    expect(recent.one('messages-1', { from: 1, limit: 1, backwards: true })).toBeUndefined();
    for (const event of recorded(4, 2000)) recent.push(event);
    expect(recent.one('messages-1', { from: 2, limit: 1 })).toBeUndefined();
  });

  it('are bounded in number, and say what they no longer hold', () => {
    const recent = recentFrom(0, recorded(1, 20_000));
    expect(recent.floor).toBe(20_000 - 8192);
    expect(recent.after(recent.floor - 1, 1)).toBeUndefined();
    expect(positionsAfter(recent, recent.floor, 10_000)).toEqual(recorded(11_809, 20_000).map((e) => e.position));
  });

  it('are bounded in length', () => {
    const recent = recentFrom(0, recorded(1, 100, 900_000));
    expect(recent.after(91, 10)).toBeUndefined();
    for (let position = 92; position < 100; position++)
      expect(positionsAfter(recent, position, 10)).toEqual([position + 1]);
  });

  it('are all that stays in memory: those dropped are free', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const recent = recentFrom(0);
    const dropped = recorded(1, 90, 900_000).map((event) => {
      recent.push(event);
      return new WeakRef(event);
    });
    for (const event of recorded(91, 100, 900_000)) recent.push(event);
    // What a turn looks at stays until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(dropped.filter((event) => event.deref() !== undefined)).toEqual([]);
  });

  it('begin again where the log turns out to be elsewhere', () => {
    const recent = recentFrom(0, recorded(1, 3));
    recent.start(7);
    expect(positionsAfter(recent, 3, 10)).toBeUndefined();
    for (const event of recorded(8, 9)) recent.push(event);
    expect(recent.after(5, 10)).toBeUndefined();
    expect(positionsAfter(recent, 7, 10)).toEqual([8, 9]);
  });
});

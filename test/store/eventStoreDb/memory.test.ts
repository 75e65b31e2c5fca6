// What the event store on EventStoreDB keeps in memory: the latest events, the ends of streams, questions under way.

import { describe, expect, it } from 'vitest';
import { KnownRevisions } from '../../../src/store/eventStoreDb/knownRevisions.ts';
import { RecentLog } from '../../../src/store/eventStoreDb/recentLog.ts';
import { shareAnswer } from '../../../src/store/eventStoreDb/shareAnswer.ts';
import type { Recorded } from '../../../src/store/ports.ts';

const at = (position: number, data = '{}'): Recorded => ({
  id: `${position}`,
  type: 'Noted',
  stream: 'note-1',
  revision: position,
  position,
  data,
  meta: '{}',
});

const positions = (events: readonly Recorded[] | undefined) => events?.map(({ position }) => position);

describe('the latest events', () => {
  it('are none before it is known where they begin, and then those pushed', () => {
    const log = new RecentLog();
    expect(log.after(0, 10)).toBeUndefined();
    log.start(100);
    expect(log.after(99, 10)).toBeUndefined();
    expect(log.after(100, 10)).toEqual([]);
    for (const position of [110, 150, 151]) log.push(at(position));
    expect(positions(log.after(100, 10))).toEqual([110, 150, 151]);
    expect(positions(log.after(120, 10))).toEqual([150, 151]);
    expect(positions(log.after(100, 2))).toEqual([110, 150]);
    expect(log.after(151, 10)).toEqual([]);
  });

  it('are bounded in number and in size, and say what they no longer hold', () => {
    const many = new RecentLog();
    many.start(0);
    for (let i = 1; i <= 30_000; i += 1) many.push(at(i * 3));
    const held = many.after(many.floor, 100_000);
    expect(held).toHaveLength(8192);
    expect(held?.[0]?.position).toBeGreaterThan(many.floor);
    expect(held?.at(-1)?.position).toBe(90_000);
    expect(many.after(many.floor - 1, 1)).toBeUndefined();

    const large = new RecentLog();
    large.start(0);
    for (let i = 1; i <= 100; i += 1) large.push(at(i, 'x'.repeat(500_000)));
    expect(large.after(large.floor, 1000)?.length).toBeLessThan(17);
  });
});

describe('the ends of streams', () => {
  it('are what was seen or learned, whichever is later', () => {
    const known = new KnownRevisions();
    expect(known.get('a')).toBeUndefined();
    known.learned('a', 3, 10, 10);
    known.seen('a', 5, 20);
    known.learned('a', 4, 15, 20);
    expect(known.get('a')).toBe(5);
  });

  it('are not learned from a read older than what was forgotten', () => {
    const known = new KnownRevisions();
    known.seen('a', 7, 50);
    for (let i = 0; i < 100_000; i += 1) known.seen(`other-${i}`, 0, 51 + i);
    expect(known.get('a')).toBeUndefined();
    known.learned('a', 6, 40, 60);
    expect(known.get('a')).toBeUndefined();
    known.learned('a', 7, 50, 60);
    expect(known.get('a')).toBe(7);
  });
});

describe('a shared answer', () => {
  const manual = () => {
    const asked: PromiseWithResolvers<number>[] = [];
    const share = shareAnswer(() => {
      const question = Promise.withResolvers<number>();
      asked.push(question);
      return question.promise;
    });
    return { asked, share };
  };

  it('is never that of a question put before one came', async () => {
    const { asked, share } = manual();
    const first = share();
    const [second, third] = [share(), share()];
    expect(asked).toHaveLength(1);
    asked[0]?.resolve(1);
    expect(await first).toBe(1);
    await expect.poll(() => asked.length).toBe(2);
    const fourth = share();
    asked[1]?.resolve(2);
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    await expect.poll(() => asked.length).toBe(3);
    asked[2]?.resolve(3);
    expect(await fourth).toBe(3);
  });

  it('of a question that failed is not given to those who came after it', async () => {
    const { asked, share } = manual();
    const first = share();
    const second = share();
    asked[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.resolve(2);
    expect(await second).toBe(2);
  });
});

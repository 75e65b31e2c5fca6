// The progress of a long verb counts events, also where positions in the log count bytes.

import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { progressBar } from '../../src/cli/progressBar.ts';
import { encode } from '../../src/domain/codec.ts';
import { noMarks } from '../../src/projections/index.ts';
import { rebuild } from '../../src/projections/rebuild.ts';
import type { MarkedReader, Recorded, ViewBuild, ViewStore } from '../../src/store/ports.ts';

/** An event at a position. */
const logged = (position: number): Recorded =>
  ({
    ...encode(randomUUID(), { type: 'LogBegun', data: { logId: randomUUID(), format: 1 } }, new Date(0).toISOString(), {
      actorId: null,
      correlationId: 'test',
    }),
    stream: 'log',
    revision: 0,
    position,
  }) as Recorded;

const lines = () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const written: string[] = [];
  const write = (text: string) => Boolean(written.push(text));
  return { written, out: { isTTY: false, write } };
};

test('the rate is of events, and the share and the time left are of positions', () => {
  const { written, out } = lines();
  const bar = progressBar('rebuild', 4_000_000, out);
  vi.advanceTimersByTime(2000);
  bar.update(1_000_000, 500);
  expect(JSON.parse(written[0]!)).toEqual({
    what: 'rebuild',
    done: 1_000_000,
    total: 4_000_000,
    perSecond: 250,
    secondsLeft: 6,
  });
});

test('without a count, what is done is counted itself', () => {
  const { written, out } = lines();
  const bar = progressBar('import', 10, out);
  vi.advanceTimersByTime(2000);
  bar.update(4);
  expect(JSON.parse(written[0]!)).toMatchObject({ perSecond: 2, secondsLeft: 3 });
});

test('a log that grew meanwhile is the new total, and no time is left below zero', () => {
  const { written, out } = lines();
  const bar = progressBar('rebuild', 10, out);
  vi.advanceTimersByTime(2000);
  bar.update(12);
  bar.finish(16);
  const [during, end] = written.map((line) => JSON.parse(line));
  expect([during, end]).toMatchObject([
    { done: 12, total: 12, secondsLeft: 0 },
    { done: 16, total: 16, secondsLeft: 0 },
  ]);
});

test('a rebuild tells how many events it has taken, wherever they lie', async () => {
  const pages = [[logged(163), logged(326)], [logged(4890)], []];
  const marks = async () => noMarks;
  const head = async () => 4890;
  const events = { readLog: async () => pages.shift() ?? [], head, marks } as unknown as MarkedReader;
  const done = async () => undefined;
  const build = { apply: done, complete: done, finish: done } as unknown as ViewBuild;
  const told: number[][] = [];
  await rebuild(events, { build: async () => build } as ViewStore, (...progress) => void told.push(progress));
  expect(told).toEqual([
    [326, 2, 0],
    [4890, 3, 0],
  ]);
});

test.each([200, 80, 40, 20])('a line fits a terminal of %i columns', (columns) => {
  const { written, out } = lines();
  const bar = progressBar('build views', 4_000_000, { ...out, isTTY: true, columns });
  vi.advanceTimersByTime(2000);
  bar.update(1_000_000);
  const shown = written[0]!.replace('\r\x1b[K', '');
  expect(shown.length).toBeLessThan(columns);
  expect(shown).toMatch(/^build views/);
});

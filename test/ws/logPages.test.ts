// Pages at the end of the log, while it grows.

import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { versionOf } from '../../src/domain/versions.ts';
import type { EventStore, Recorded } from '../../src/store/ports.ts';
import { createLogPages } from '../../src/ws/delivery/logPages.ts';

/** The log, which grows by one event at a time, and the positions from which it was read. */
const growingLog = () => {
  const log: Recorded[] = [];
  const read: number[] = [];
  const meta = JSON.stringify({ v: versionOf('MessageSent'), at: '', correlationId: '' });
  const grow = (count = 1): void => {
    for (let i = 0; i < count; i++) {
      const [position, revision] = [log.length + 1, log.length];
      log.push({ id: randomUUID(), type: 'MessageSent', stream: 'messages-1', data: '{}', meta, position, revision });
    }
  };
  const readLog: EventStore['readLog'] = async (position, limit) => {
    read.push(position);
    return log.slice(position, position + limit!);
  };
  const { pageAfter } = createLogPages({ events: { readLog } });
  /** The end of each page that somebody takes who comes from a position. */
  const walk = async (from: number): Promise<number[]> => {
    const ends: number[] = [];
    for (let at = from; at < log.length; ends.push(at)) at = (await pageAfter(at))!.end;
    return ends;
  };
  return { grow, walk, read };
};

/** Pages at the end of the log are kept for a second. */
const stopTheClock = (): void => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  onTestFinished(() => clock.mockRestore());
};

test('whoever comes later takes in one page what earlier ones took as it was written, one by one', async () => {
  stopTheClock();
  const { grow, walk, read } = growingLog();
  grow(100);
  expect(await walk(0)).toEqual([100]);
  for (let end = 101; end <= 105; end++) {
    grow();
    expect(await walk(end - 1)).toEqual([end]);
  }
  const reads = read.length;
  expect(await walk(0)).toEqual([100, 105]);
  expect(await walk(103)).toEqual([105]);
  expect(read).toHaveLength(reads);
});

test('a page with many events is not read again for each one that comes', async () => {
  stopTheClock();
  const { grow, walk, read } = growingLog();
  for (let end = 1; end <= 60; end++) {
    grow();
    await walk(end - 1);
  }
  expect(await walk(0)).toEqual([32, 60]);
  expect(read.filter((from) => from === 0)).toHaveLength(32);
});

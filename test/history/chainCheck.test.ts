// The chains of all streams, checked along the log.

import { expect, test } from 'vitest';
import { chain, NO_HASH } from '../../src/history/chain.ts';
import { createChainCheck } from '../../src/history/chainCheck.ts';
import { Hidden, type Recorded } from '../../src/store/ports.ts';
import { uuid } from '../support/scenario.ts';

/** Three events in each of so many streams, in turns. */
const log = (streams: number): Recorded[] => {
  const hashes = new Map<string, string>();
  return Array.from({ length: streams * 3 }, (_, i) => {
    const stream = `file-${i % streams}`;
    const event = {
      id: uuid(i),
      type: 'FileUsed',
      stream,
      revision: Math.floor(i / streams),
      data: '{}',
      meta: '{"v":1}',
    };
    const [meta, hash] = chain(hashes.get(stream) ?? NO_HASH, event);
    hashes.set(stream, hash);
    return { ...event, meta, position: i + 1 };
  });
};

/** The positions of events with a flaw, as a check finds that reads this log. */
const flawsIn = async (events: readonly Recorded[], reads: { count: number } = { count: 0 }, hidden = false) => {
  const flawOf = createChainCheck({
    readStream: async (stream, { from = 0 } = {}) => {
      reads.count++;
      if (hidden) throw new Hidden(stream, from);
      return events.filter((event) => event.stream === stream && event.revision === from);
    },
  });
  const found: number[] = [];
  for (const event of events) if ((await flawOf(event)) !== undefined) found.push(event.position);
  return found;
};

test('a log as it was recorded has no flaw, and one that was changed has it where it was changed', async () => {
  const events = log(2);
  expect(await flawsIn(events)).toEqual([]);
  expect(await flawsIn(events.with(2, { ...events[2]!, data: '{"a":1}' }))).toEqual([3]);
  expect(await flawsIn(events.filter(({ position }) => position !== 3))).toEqual([5]);
  expect(await flawsIn(events.with(0, events[2]!).with(2, events[0]!))).not.toEqual([]);
  expect(await flawsIn([...events, { ...events[5]!, revision: 3, position: 7 }])).toEqual([7]);
});

test('of more streams than are in memory, the event before is read', async () => {
  const events = log(20_001).slice(0, 20_003);
  const reads = { count: 0 };
  expect(await flawsIn(events, reads)).toEqual([]);
  expect(reads.count).toBeGreaterThan(0);
  expect(await flawsIn(events, reads, true)).toEqual([]);
});

// The bare reference of everything that reads the whole log: each event, parsed and let go.

import type { EventReader } from '../src/store/ports.ts';
import { alternating } from './figure.ts';

const PAGE = 2000;

export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

/** Everything of the log, parsed and let go. @returns how many events that are */
export const scan = async (events: Pick<EventReader, 'readLog'>): Promise<number> => {
  let count = 0;
  for (let position = 0; ; ) {
    const page = await events.readLog(position, PAGE);
    if (page.length === 0) return count;
    for (const { data, meta } of page) {
      JSON.parse(data);
      JSON.parse(meta);
    }
    count += page.length;
    position = page.at(-1)!.position;
  }
};

/** Seconds of each round of a work on the whole log, and of a scan of it after each. */
export interface BesideScans {
  readonly events: number;
  readonly works: readonly number[];
  readonly scans: readonly number[];
}

/** `work`: does it once, and says how many seconds that took. */
export const besideScans = async (
  events: Pick<EventReader, 'readLog'>,
  rounds: number,
  work: () => Promise<number>,
): Promise<BesideScans> => {
  const count = await scan(events);
  const { ones, others } = await alternating(rounds, work, () => seconds(() => scan(events)));
  return { events: count, works: ones, scans: others };
};

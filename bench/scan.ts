// The bare reference of everything that reads the whole log: each event, parsed and let go.

import type { EventReader } from '../src/store/ports.ts';

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

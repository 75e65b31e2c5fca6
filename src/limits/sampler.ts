// Thins repeated log lines: a client that causes a warning again and again must not fill the disk.

import { LRUCache } from 'lru-cache';

/** Milliseconds between two lines that are alike. */
const EVERY = 10_000;
/** Kinds of lines that are remembered. */
const KINDS = 1000;

export type Sampler = ReturnType<typeof createSampler>;

/** How often `kind` came since its last line, if it is time for the next line; undefined: log nothing. */
export const createSampler = (clock: () => number = () => performance.now()) => {
  const kinds = new LRUCache<string, { at: number; times: number }>({ max: KINDS });
  return (kind: string): number | undefined => {
    const last = kinds.get(kind) ?? { at: Number.NEGATIVE_INFINITY, times: 0 };
    const { times } = last;
    const isDue = clock() - last.at >= EVERY;
    kinds.set(kind, isDue ? { at: clock(), times: 0 } : { at: last.at, times: times + 1 });
    return isDue ? times + 1 : undefined;
  };
};

import { vi } from 'vitest';

/** Runs `work` again and again until it succeeds. How long that takes is no rule: as long as a crowded machine needs. */
export const eventually = <T>(work: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(work, { timeout: 20_000, interval: 20 });

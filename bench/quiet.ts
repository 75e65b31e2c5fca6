// What else runs on the machine spoils figures: it is waited for, and spoken of when it does not end.

import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK = 500;
const QUIET = 0.1;

const times = (): { idle: number; all: number } => {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.idle + times.user + times.sys + times.nice + times.irq;
  }
  return { idle, all };
};

/** Waits until the machine is quiet, `most` milliseconds at most, 0 for not at all; the share of it that is busy (0 to 1). */
export const awaitQuiet = async (most: number): Promise<number> => {
  if (most === 0) return 0;
  for (const end = performance.now() + most; ; ) {
    const before = times();
    await pause(LOOK);
    const after = times();
    const busy = 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
    if (busy < QUIET || performance.now() >= end) return busy;
  }
};

// Waits for the data directory while another process has it for a while: a server that starts or stops, or a verb.

import { setTimeout as delay } from 'node:timers/promises';
import { DataDirTaken } from '../store/embedded/dataDir.ts';

/** Milliseconds that a server may take to start or to stop, or a verb to end; and between two looks. */
const PATIENCE = 10_000;
const LOOK = 250;

/** Does the work once the data directory is free. `mayWait`: asked whenever it is not. @throws DataDirTaken */
export const whenFree = async <T>(
  work: () => Promise<T>,
  mayWait: (taken: DataDirTaken) => Promise<boolean> = async () => true,
): Promise<T> => {
  for (const until = performance.now() + PATIENCE; ; await delay(LOOK)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DataDirTaken) || performance.now() > until || !(await mayWait(error))) throw error;
    }
  }
};

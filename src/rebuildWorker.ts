// The thread of a build: an entry point that `rebuildApart.ts` starts and no module imports.

import { setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { Task } from './rebuildApart.ts';

/**
 * A thirtieth of what a busy thread has. At the lowest priority, 19, new views may never catch up with a server that has no time
 * left; at 10, requests wait three times as long as without a rebuild.
 */
const NICENESS = 15;

// Linux sets the priority of this thread and of those that it starts; elsewhere this would slow the whole process.
if (process.platform === 'linux' && !(workerData as Task).isUrgent) {
  try {
    setPriority(NICENESS);
  } catch {
    // A sandbox may forbid it. The lower priority is optional.
  }
}

// After that: to load the modules is most of what a thread does first.
await import('./rebuildThread.ts');

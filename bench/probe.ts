// Loaded into a server before its own code (`node --import`): tells the bench about memory, time on the core and the
// event loop, from inside and by the same instrument in every server.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

export type Question = { readonly ask: 'memory' | 'cpu' | 'watch-loop' | 'loop-delay' };

// The measured delay includes the sampling interval: little at 1 ms, all of it at the default of 10 ms.
const delay = monitorEventLoopDelay({ resolution: 1 });

const answers: Record<Question['ask'], () => number> = {
  /** Bytes resident after everything unused is collected. */
  memory: () => {
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    return process.memoryUsage.rss();
  },
  /** Seconds of a core used by all threads since the start. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  'watch-loop': () => {
    delay.enable();
    delay.reset();
    return 0;
  },
  /** Milliseconds: the 99th percentile since `watch-loop`. */
  'loop-delay': () => {
    const p99 = delay.percentile(99) / 1e6;
    delay.disable();
    return p99;
  },
};

if (isMainThread && process.send) {
  process.on('message', ({ ask }: Question) => process.send?.(answers[ask]()));
  // A server that has nothing else to do may end.
  process.channel?.unref();
}

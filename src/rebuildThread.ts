// What the thread of a build does: fills the new views of another thread, and compares them with those that serve.

import { parentPort, workerData } from 'node:worker_threads';
import { closeAfter } from './closing.ts';
import { openEventReader, openViewsApart } from './openAlone.ts';
import { fillFrom } from './projections/rebuild.ts';
import type { Said, Task } from './rebuildApart.ts';
import { describeCause } from './store/cause.ts';
import { Unavailable } from './store/ports.ts';

/** Milliseconds between two words on the progress: each is work for the thread that serves. */
const PROGRESS = 100;

const { config, place, compares } = workerData as Task;
const say = (said: Said): void => parentPort!.postMessage(said);
let told = Number.NEGATIVE_INFINITY;
let progress: Said = { position: 0, events: 0, compared: 0 };

const onProgress = (position: number, events: number, compared: number): void => {
  progress = { position, events, compared };
  if (performance.now() - told < PROGRESS) return;
  told = performance.now();
  say(progress);
};

try {
  const filled = await closeAfter(await openEventReader(config), async (events) =>
    closeAfter(await openViewsApart(config, place), (views) =>
      fillFrom({ events, views })(views.build, onProgress, {
        onCompared: compares ? (differences) => say({ differences }) : undefined,
      }),
    ),
  );
  say(progress);
  say({ filled });
} catch (error) {
  say(error instanceof Unavailable ? { away: error.store, why: describeCause(error.cause) } : { bug: error });
}

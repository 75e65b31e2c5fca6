// Work in the background, as long as the program runs: started again while a store is away, and shown as a trouble
// meanwhile.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { percentOf } from './projections/progress.ts';
import type { ProjectorTells } from './projections/projector.ts';
import { Unavailable } from './store/ports.ts';

const RETRY = { first: 100, most: 5000 } as const;

export interface BackgroundTask {
  readonly name: string;
  /** Calls `onGoing` when it goes on after a trouble, and whenever all is well. */
  readonly work: (onGoing: () => void) => Promise<void>;
  /** Called when it has stopped for good. */
  readonly onStopped?: () => void;
}

/**
 * Starts `work` again while a store is away, and stops at any other error. The error is a trouble until `onGoing` is
 * called.
 */
export const keepRunning = async (
  { name, work, onStopped }: BackgroundTask,
  signal: AbortSignal,
  log: Logger,
  troubles: Map<string, string>,
): Promise<void> => {
  for (let pause: number = RETRY.first; !signal.aborted; pause = Math.min(pause * 2, RETRY.most)) {
    try {
      await work(() => troubles.delete(name));
      return;
    } catch (error) {
      if (signal.aborted) return;
      troubles.set(name, error instanceof Error ? error.message : String(error));
      if (!(error instanceof Unavailable)) {
        log.error({ err: error }, `the ${name} stopped for good`);
        return onStopped?.();
      }
      log.error({ err: error }, `the ${name} stopped`);
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
};

/** Says that views are being built, and why: in the log once, and among the troubles while no others serve. */
export const reportBuilding = (log: Logger, troubles: Map<string, string>): ProjectorTells['onBuilding'] => {
  let isTold = false;
  return (building) => {
    if (building === undefined) {
      troubles.delete('build');
      isTold = false;
      return;
    }
    const { why, oldServe, position, head } = building;
    if (!oldServe) troubles.set('build', `${why}; they are built anew, ${percentOf(position, head)} % are done`);
    if (!isTold) log.warn({ head }, `${why}; they are built anew${oldServe ? ' while they go on serving' : ''}`);
    isTold = true;
  };
};

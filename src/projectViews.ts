// Keeps the views up to date while this process holds the lease, and follows them while another process does.

import { setTimeout as delay } from 'node:timers/promises';
import { misfitOf } from './projections/mark.ts';
import type { Progress } from './projections/progress.ts';
import { createProjector, type ProjectorTells } from './projections/projector.ts';
import type { Fill } from './projections/rebuild.ts';
import type { ViewBuild } from './store/ports.ts';
import type { Stores } from './stores.ts';

/** Milliseconds between two looks at the checkpoint that another process saves; longer each time while the looks fail. */
const LOOK = { first: 250, most: 2000 } as const;

/**
 * Follows the checkpoint of the views while another process projects, until `signal` aborts. The trouble `views` says why
 * the views cannot be used: they cannot be read, or do not belong to the log. Never rejects.
 */
export const watchViews = async (
  { events, views }: Stores,
  progress: Progress,
  signal: AbortSignal,
  troubles: Map<string, string>,
): Promise<void> => {
  let isSwitched = false;
  views.onSwitch(() => {
    isSwitched = true;
  });
  const look = async (): Promise<void> => {
    isSwitched = false;
    const standing = await views.checkpoint();
    const misfit = progress.isKnown ? undefined : await misfitOf(events, standing);
    if (misfit !== undefined) troubles.set('views', misfit);
    else troubles.delete('views');
    if (misfit !== undefined || isSwitched) return;
    // A late answer must not take the position back.
    if (!progress.isKnown || progress.isAway || standing.position > progress.position)
      progress.advance(standing.position);
  };
  for (let pause: number = LOOK.first; !signal.aborted; ) {
    try {
      await look();
      pause = LOOK.first;
    } catch (error) {
      pause = Math.min(pause * 2, LOOK.most);
      progress.lost();
      troubles.set('views', error instanceof Error ? error.message : String(error));
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
};

export interface ViewTells extends Omit<ProjectorTells, 'onApplied'> {
  /** Of several processes this one has got the lease. */
  readonly onTurn?: () => void;
}

/**
 * Out: a function that projects until `signal` aborts, and can be called again when it has failed. It calls `onGoing`
 * whenever all is well. It throws Unavailable: a store is away; any other error: an event cannot be projected. `fill`: of new
 * views; default: in this thread.
 */
export const projectViews = (
  stores: Stores,
  progress: Progress,
  tells: ViewTells = {},
  fill?: Fill<ViewBuild>,
): ((signal: AbortSignal, onGoing?: () => void) => Promise<void>) => {
  const { events, views, lease } = stores;
  // One for all calls: it listens to the views for as long as they live.
  const projector = createProjector(events, views, { ...tells, onApplied: progress.advance }, fill);
  return async (signal, onGoing) => {
    while (!signal.aborted) {
      // The troubles of another process that projects are not those of this one.
      const { lost } = await lease.held(signal, onGoing);
      if (lease.isShared) tells.onTurn?.();
      try {
        await projector.run(AbortSignal.any([signal, lost]), onGoing);
      } finally {
        await lease.release();
      }
    }
  };
};

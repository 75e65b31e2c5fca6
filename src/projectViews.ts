// Keeps the views, as long as this process holds the lease on them.

import { setTimeout as delay } from 'node:timers/promises';
import { misfitOf } from './projections/mark.ts';
import type { Progress } from './projections/progress.ts';
import { createProjector, type ProjectorTells } from './projections/projector.ts';
import type { Stores } from './stores.ts';

/** Milliseconds between two looks at how far another process has brought the views. */
const LOOK = 250;

/**
 * Knows how far the views are while another process projects, and whether they are there at all and belong to the log:
 * `onTrouble` is told what is amiss, and undefined once it no longer is. Never rejects.
 */
export const watchViews = async (
  { events, views }: Stores,
  progress: Progress,
  signal: AbortSignal,
  onTrouble: (trouble: string | undefined) => void,
): Promise<void> => {
  let isSwitched = false;
  views.onSwitch(() => {
    isSwitched = true;
  });
  const look = async (): Promise<string | undefined> => {
    isSwitched = false;
    const standing = await views.checkpoint();
    const misfit = progress.isKnown ? undefined : await misfitOf(events, standing);
    if (misfit !== undefined || isSwitched) return misfit;
    // An answer that comes late must not take anything back.
    if (!progress.isKnown || progress.isAway || standing.position > progress.position)
      progress.advance(standing.position);
  };
  while (!signal.aborted) {
    try {
      onTrouble(await look());
    } catch (error) {
      progress.lost();
      onTrouble(error instanceof Error ? error.message : String(error));
    }
    await delay(LOOK, undefined, { signal }).catch(() => undefined);
  }
};

/** Projects until `signal` aborts. Rejects when an event cannot be projected, or a store is away. */
export const projectViews = async (
  stores: Stores,
  progress: Progress,
  signal: AbortSignal,
  tells: Omit<ProjectorTells, 'onApplied'> = {},
): Promise<void> => {
  const { events, views, lease } = stores;
  const projector = createProjector(events, views, { ...tells, onApplied: progress.advance });
  while (!signal.aborted) {
    // The troubles of another process that holds the lease are not ours.
    if (lease.isShared) tells.onGoing?.();
    const { lost } = await lease.held(signal);
    try {
      await projector.run(AbortSignal.any([signal, lost]));
    } finally {
      await lease.release();
    }
  }
};

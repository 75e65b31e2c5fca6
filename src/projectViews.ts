// Keeps the views: alone, or in turns with other processes, by a lease.

import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from './domain/events.ts';
import type { Progress } from './projections/progress.ts';
import { createProjector } from './projections/projector.ts';
import type { Stores } from './stores.ts';

/** Milliseconds between two looks at how far another process has brought the views. */
const LOOK = 250;

/**
 * Knows how far the views are while another process projects, and whether they are there at all: `onTrouble` is told
 * what is amiss, and undefined once it no longer is. Never rejects.
 */
export const watchViews = async (
  { views }: Stores,
  progress: Progress,
  signal: AbortSignal,
  onTrouble: (trouble: string | undefined) => void,
): Promise<void> => {
  // Other views may be behind those they replace; otherwise an answer that comes late must not take anything back.
  let isSwitched = false;
  views.onSwitch(() => {
    isSwitched = true;
  });
  while (!signal.aborted) {
    try {
      const checkpoint = await views.checkpoint();
      onTrouble(undefined);
      if (checkpoint > progress.position || isSwitched || progress.isAway) progress.advance(checkpoint);
      isSwitched = false;
    } catch (error) {
      progress.lost();
      onTrouble(error instanceof Error ? error.message : String(error));
    }
    await delay(LOOK, undefined, { signal }).catch(() => undefined);
  }
};

/**
 * Projects until `signal` aborts, and tells each event it has brought into the views as it came. `onGoing` is called when
 * nothing is known to hinder it. Rejects when an event cannot be projected, or a store is away.
 */
export const projectViews = async (
  stores: Stores,
  progress: Progress,
  signal: AbortSignal,
  onGoing: () => void = () => undefined,
  onVisible?: (event: Event) => void,
): Promise<void> => {
  const { events, views, projecting } = stores;
  const projector = createProjector(events, views, progress.advance, onVisible, onGoing);
  if (projecting === 'alone') return projector.run(signal);
  const { lease, fence } = projecting;
  while (!signal.aborted) {
    // While others have their turn their troubles are not ours.
    onGoing();
    const { token, lost } = await lease.held(signal);
    fence(token);
    try {
      await projector.run(AbortSignal.any([signal, lost]));
    } finally {
      await lease.release();
    }
  }
};

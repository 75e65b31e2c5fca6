// What a process with the role of a projector does in the background: it keeps the views up to date, and carries out what
// follows from events.

import { type BackgroundTask, reportProjecting } from './background.ts';
import { createErasuresDue } from './carryOutErasures.ts';
import type { Checking } from './checking.ts';
import type { Event } from './domain/events.ts';
import type { Fill } from './projections/rebuild.ts';
import { projectViews } from './projectViews.ts';
import { keepSealing } from './sealing.ts';
import type { Services } from './services.ts';
import type { ViewBuild } from './store/ports.ts';
import type { Stores } from './stores.ts';
import { createSucceeding } from './succeeding.ts';
import { createSweep, keepSweeping } from './sweeping.ts';

interface Options {
  readonly sealing: Parameters<typeof keepSealing>[1];
  readonly checking: Checking;
  /** Of new views. */
  readonly fill: Fill<ViewBuild>;
  /** Aborts when the program stops. */
  readonly signal: AbortSignal;
  readonly troubles: Map<string, string>;
}

/** The views come first; the process serves as well without the rest. */
export const projectorTasks = (
  services: Services,
  stores: Stores,
  { sealing, checking, fill, signal, troubles }: Options,
): readonly BackgroundTask[] => {
  const { log, metrics, progress, startHead, decode, config } = services;
  const succeeding = createSucceeding(services, stores);
  const erasures = createErasuresDue(services, stores);
  const sweep = createSweep(services, stores);
  const countVisible = metrics.visibleAfter(startHead);
  const onVisible = (event: Event): void => {
    countVisible(event);
    succeeding.see(event);
    erasures.see(event);
  };
  const onFollowing = (): void => {
    succeeding.all();
    erasures.all();
  };
  const tells = { ...reportProjecting(log, troubles), onVisible, onFollowing, decode };
  const project = projectViews(stores, progress, tells, fill);
  const follows: readonly BackgroundTask[] = [
    { name: 'succession', work: (onGoing) => succeeding.run(signal, onGoing) },
    { name: 'sealing', work: keepSealing(stores, sealing, signal) },
    { name: 'erasure', work: (onGoing) => erasures.run(signal, onGoing) },
    { name: 'sweep', work: () => keepSweeping(sweep, stores, log, signal) },
    ...(config.VIEW_CHECK > 0 ? [{ name: 'check of the views', work: () => checking.run(signal) }] : []),
  ];
  return [
    { name: 'projector', work: (onGoing) => project(signal, onGoing), onStopped: progress.halted },
    ...follows.map((task) => ({ ...task, isDispensable: true as const })),
  ];
};

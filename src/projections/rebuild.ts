// Builds views from the whole log.

import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import type { Checkpoint, EventReader, Placed, Recorded, ViewBuild, ViewStore } from '../store/ports.ts';
import { type Compared, compareViews } from './compareViews.ts';
import { projections } from './index.ts';
import { markOf } from './mark.ts';
import { createPace } from './pace.ts';
import { project } from './projection.ts';

export type { Compared } from './compareViews.ts';

const changesOf = project(projections);

export const placed = (events: readonly Event[]): Placed[] =>
  events.map((event) => ({ position: event.position, changes: changesOf(event) }));

export const checkpointAt = (last: Recorded): Checkpoint => ({ position: last.position, mark: markOf(last) });

/** A build runs beside requests: a page takes a millisecond or two. */
const PAGE = 100;

interface RebuildOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * If given, the new views are compared with those that serve before they take their place, and this gets what differs.
   * Not called for views of another version.
   */
  readonly onCompared?: ((compared: Compared) => void) | undefined;
}

/**
 * Builds views beside those that serve, up to the end of the log, and puts them in their place. Returns the position
 * that they reach. `onProgress`: the position reached so far, and how many events that were. @throws the reason of `signal` if that aborts first; nothing is left of the build then
 */
export const rebuild = async (
  events: EventReader,
  views: ViewStore,
  onProgress: (position: number, events: number) => void,
  { signal, onCompared }: RebuildOptions = {},
): Promise<number> => {
  const build = await views.build();
  let position: number;
  try {
    position = await fill(build, events, onProgress, signal);
    const compared = onCompared && (await compareViews({ events, views, build, position, signal }));
    if (compared) onCompared?.(compared);
    signal?.throwIfAborted();
  } catch (error) {
    await build.abandon();
    throw error;
  }
  await build.finish();
  return position;
};

/** @returns the position of the last event */
const fill = async (
  build: ViewBuild,
  events: EventReader,
  onProgress: (position: number, events: number) => void,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const rest = createPace();
  for (let position = 0, taken = 0; ; ) {
    signal?.throwIfAborted();
    const page = await events.readLog(position, PAGE);
    const last = page.at(-1);
    if (last === undefined) return position;
    position = last.position;
    const made = placed(page.map(decode));
    // Before the store is waited for: others work meanwhile, and would not look busy afterwards.
    await rest();
    await build.apply(made, checkpointAt(last));
    taken += page.length;
    onProgress(position, taken);
  }
};

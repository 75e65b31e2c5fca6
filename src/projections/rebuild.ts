// Builds views from the whole log.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import type { Checkpoint, EventReader, Placed, Recorded, ViewStore } from '../store/ports.ts';
import { projections } from './index.ts';
import { markOf } from './mark.ts';
import { project } from './projection.ts';

const changesOf = project(projections);

export const placed = (events: readonly Event[]): Placed[] =>
  events.map((event) => ({ position: event.position, changes: changesOf(event) }));

export const checkpointAt = (last: Recorded): Checkpoint => ({ position: last.position, mark: markOf(last) });

/** A build runs beside requests: a page takes a few milliseconds. */
const PAGE = 500;

/**
 * Builds views beside those that serve, up to the end of the log, and puts them in their place. Returns the position
 * that they reach. `onProgress`: the position reached so far, and how many events that were. @throws the reason of `signal` if that aborts first; nothing is left of the build then
 */
export const rebuild = async (
  events: EventReader,
  views: ViewStore,
  onProgress: (position: number, events: number) => void,
  signal?: AbortSignal,
): Promise<number> => {
  const build = await views.build();
  let [position, taken] = [0, 0];
  try {
    for (;;) {
      signal?.throwIfAborted();
      const page = await events.readLog(position, PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      position = last.position;
      await build.apply(placed(page.map(decode)), checkpointAt(last));
      taken += page.length;
      onProgress(position, taken);
      await nextTurn();
    }
  } catch (error) {
    await build.abandon();
    throw error;
  }
  await build.finish();
  return position;
};

// Follows the log and keeps the views. What it cannot project stops it, loudly: nothing is skipped.

import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { type EventReader, type EventStore, type Placed, Switched, type ViewStore } from '../store/ports.ts';
import { projections } from './index.ts';
import { project } from './projection.ts';

const changesOf = project(projections);

const placed = (events: readonly Event[]): Placed[] =>
  events.map((event) => ({ position: event.position, changes: changesOf(event) }));

export interface Projector {
  /** Projects until `signal` aborts. Rejects when an event cannot be projected, or a store is away. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * `onApplied` is told each position up to which the views have taken everything, `onVisible` each event that was brought
 * into them as it came. `onGoing` is called when the views take what is recorded, or have all of it.
 */
export const createProjector = (
  events: EventStore,
  views: ViewStore,
  onApplied: (position: number) => void,
  onVisible: (event: Event) => void = () => undefined,
  onGoing: () => void = () => undefined,
): Projector => {
  let restart = new AbortController();
  views.onSwitch(() => restart.abort());

  /** Takes batch after batch, until aborted or until other views serve. */
  const follow = async (checkpoint: number, signal: AbortSignal): Promise<void> => {
    for await (const batch of events.follow(checkpoint, signal)) {
      const last = batch.at(-1)!.position;
      const decoded = batch.map(decode);
      await views.apply(placed(decoded), last);
      onApplied(last);
      onGoing();
      decoded.forEach(onVisible);
    }
  };

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        restart = new AbortController();
        if ((await views.checkpoint()) === 0 && (await events.head()) > FAR)
          await rebuild(events, views, () => {}, signal);
        const checkpoint = await views.checkpoint();
        onApplied(checkpoint);
        if (checkpoint >= (await events.head())) onGoing();
        try {
          await follow(checkpoint, AbortSignal.any([signal, restart.signal]));
        } catch (error) {
          if (!(error instanceof Switched)) throw error;
        }
      }
    },
  };
};

const PAGE = 2000;
/** Views that are empty and this far behind are built aside, which is quicker than keeping them live. */
const FAR = 5000;

/**
 * Builds the views anew, beside those that serve, up to the end of the log, and puts them in their place.
 * @throws the reason of `signal`, when that aborts first; nothing is left of the build then
 */
export const rebuild = async (
  events: EventReader,
  views: ViewStore,
  onProgress: (position: number) => void,
  signal?: AbortSignal,
): Promise<number> => {
  const build = await views.build();
  let position = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const page = await events.readLog(position, PAGE);
      if (page.length === 0) break;
      position = page.at(-1)!.position;
      await build.apply(placed(page.map(decode)), position);
      onProgress(position);
    }
  } catch (error) {
    await build.abandon();
    throw error;
  }
  await build.finish();
  return position;
};

// Builds views from the whole log.

import { decode } from '../domain/codec.ts';
import type { Event, EventOf } from '../domain/events.ts';
import {
  type Checkpoint,
  isLastPage,
  type MarkedReader,
  type Marks,
  type Placed,
  type Recorded,
  type ViewStore,
} from '../store/ports.ts';
import { type Compared, compareViews } from './compareViews.ts';
import { projectionsWith } from './index.ts';
import { markOf } from './mark.ts';
import { createPace } from './pace.ts';
import { project } from './projection.ts';
import { takeOutWords } from './takeOutWords.ts';

export type { Compared } from './compareViews.ts';

/** Makes changes of events. */
export const placer = (marks: Marks): ((events: readonly Event[]) => Placed[]) => {
  const changesOf = project(projectionsWith(marks));
  return (events) => events.map((event) => ({ position: event.position, changes: changesOf(event) }));
};

export const checkpointAt = (last: Recorded): Checkpoint => ({ position: last.position, mark: markOf(last) });

const isErasing = (event: Event): event is EventOf<'PersonErased' | 'VisitorErased'> =>
  event.type === 'PersonErased' || event.type === 'VisitorErased';

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
  events: MarkedReader,
  views: ViewStore,
  onProgress: (position: number, events: number) => void,
  { signal, onCompared }: RebuildOptions = {},
): Promise<number> => {
  const marks = await events.marks();
  const placed = placer(marks);
  const build = await views.build();
  // Each page is a turn.
  const rest = createPace(undefined, 0);
  let [position, taken] = [0, 0];
  const erased = new Set<EventOf<'PersonErased' | 'VisitorErased'>>();
  const fill = async (): Promise<void> => {
    for (let isOver = false; !isOver; ) {
      signal?.throwIfAborted();
      const page = await events.readLog(position, PAGE);
      isOver = isLastPage(page, PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      const decoded = page.map(decode);
      const made = placed(decoded);
      for (const event of decoded) if (isErasing(event)) erased.add(event);
      // Before the store is waited for: others work meanwhile, and would not look busy afterwards.
      await rest();
      await build.apply(made, checkpointAt(last));
      position = last.position;
      taken += page.length;
      onProgress(position, taken);
    }
  };
  try {
    await fill();
    await build.complete();
    const compared = onCompared && (await compareViews({ events, views, build, position, signal }));
    if (compared) onCompared?.(compared);
    // What was recorded meanwhile: whoever reads the new views would have to wait for it.
    await fill();
  } catch (error) {
    await build.abandon();
    throw error;
  }
  await build.finish();
  // Whose keys were destroyed after the build had read what they said.
  for (const { data } of erased) await takeOutWords(views, marks, 'userId' in data ? data.userId : data.conversationId);
  return position;
};

// Builds views from the whole log.

import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import {
  type Checkpoint,
  isLastPage,
  type MarkedReader,
  type Marks,
  type Placed,
  type Recorded,
  type ViewBuild,
  type ViewStore,
  type ViewsApart,
} from '../store/ports.ts';
import { type Compared, compareViews } from './compareViews.ts';
import { projectionsWith } from './index.ts';
import { markOf } from './mark.ts';
import { createPace } from './pace.ts';
import { project } from './projection.ts';

export type { Compared } from './compareViews.ts';

/** Makes changes of events. */
export const placer = (marks: Marks): ((events: readonly Event[]) => Placed[]) => {
  const changesOf = project(projectionsWith(marks));
  return (events) => events.map((event) => ({ position: event.position, changes: changesOf(event) }));
};

export const checkpointAt = (last: Recorded): Checkpoint => ({ position: last.position, mark: markOf(last) });

/** A build runs beside requests: a page takes a millisecond or two. */
const PAGE = 100;

interface FillOptions {
  readonly signal?: AbortSignal | undefined;
  /** Nobody can read before the new views serve, so the fill takes its full share of the processor. */
  readonly isUrgent?: boolean;
  /**
   * If given, the new views are compared with those that serve before they take their place, and this gets what differs.
   * Not called for views of another version.
   */
  readonly onCompared?: ((compared: Compared) => void) | undefined;
}

/** Gets the position reached so far, how many events that were, and how many documents have been compared since. */
type OnFilled = (position: number, events: number, compared: number) => void;

/** Fills new views up to the end of the log, and completes them. Returns how far. */
export type Fill<Build> = (build: Build, onProgress: OnFilled, options: FillOptions) => Promise<Checkpoint>;

interface Sources {
  readonly events: MarkedReader;
  readonly views: Pick<ViewStore, 'checkpoint' | 'scan'>;
}

export const fillFrom =
  ({ events, views }: Sources): Fill<ViewsApart['build']> =>
  async (build, onProgress, { signal, onCompared }) => {
    const placed = placer(await events.marks());
    // Each page is a turn.
    const rest = createPace(undefined, 0);
    let reached: Checkpoint = { position: 0, mark: '' };
    let taken = 0;
    let documents = 0;
    const fill = async (): Promise<void> => {
      for (let isOver = false; !isOver; ) {
        signal?.throwIfAborted();
        const page = await events.readLog(reached.position, PAGE);
        isOver = isLastPage(page, PAGE);
        const last = page.at(-1);
        if (last === undefined) return;
        const made = placed(page.map(decode));
        // Before the store is waited for: others work meanwhile, and would not look busy afterwards.
        await rest();
        const to = checkpointAt(last);
        await build.apply(made, to);
        reached = to;
        taken += page.length;
        onProgress(reached.position, taken, documents);
      }
    };
    await fill();
    await build.complete();
    const { position } = reached;
    const onDocuments = (count: number): void => {
      documents = count;
      onProgress(position, taken, documents);
    };
    const compared = onCompared && (await compareViews({ events, views, build, position, signal, onDocuments }));
    if (compared) onCompared?.(compared);
    // What was recorded meanwhile: whoever reads the new views would have to wait for it.
    await fill();
    return reached;
  };

/**
 * Builds views beside those that serve, up to the end of the log, and puts them in their place. Returns the position
 * that they reach. `fill`: default: in this thread. @throws the reason of `signal` if that aborts first; nothing is left of
 * the build then
 */
export const rebuild = async (
  events: MarkedReader,
  views: ViewStore,
  onProgress: OnFilled,
  options: FillOptions = {},
  fill: Fill<ViewBuild> = fillFrom({ events, views }),
): Promise<number> => {
  const build = await views.build();
  let reached: Checkpoint;
  try {
    reached = await fill(build, onProgress, options);
    options.signal?.throwIfAborted();
  } catch (error) {
    await build.abandon();
    throw error;
  }
  // The build may have read what was erased meanwhile: whoever projects takes it out of the views that begin to serve.
  await build.finish();
  return reached.position;
};

// Rebuilds of the views in a running program: one at a time, and how far it is.

import type { Logger } from 'pino';
import { inWords } from './projections/differences.ts';
import { percentOf } from './projections/progress.ts';
import { type Compared, type Fill, rebuild } from './projections/rebuild.ts';
import { type MarkedReader, Unavailable, type ViewBuild, type ViewStore } from './store/ports.ts';
import type { OnProgress } from './verbChannel.ts';

interface Sources {
  readonly events: MarkedReader;
  readonly views: ViewStore;
}

export interface RebuildStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly percent: number;
  /** Events so far. */
  readonly events: number;
  /** Events a second. */
  readonly rate: number;
  /** Null: not known, or it does not run. */
  readonly secondsLeft: number | null;
  readonly position: number;
  /** Documents that have been compared with those of the old views. */
  readonly compared: number;
  /** Documents that differed from those of the old views. Null: they were not compared. */
  readonly differing: number | null;
  /** Why it failed. */
  readonly error: string | null;
}

export type Rebuilding = ReturnType<typeof createRebuilding>;

/** Rebuilds the views, and tells how far it is to the end of the log, and in the comparison. Returns the last position. */
export const rebuildShowing = async (
  { events, views }: Sources,
  onProgress: (...told: [...Parameters<OnProgress>, compared: number]) => void,
  onCompared: (compared: Compared) => void,
  signal?: AbortSignal,
  fill?: Fill<ViewBuild>,
): Promise<number> => {
  const head = await events.head();
  onProgress(0, head, 0, 0);
  const onFilled = (position: number, taken: number, compared: number): void =>
    onProgress(position, head, taken, compared);
  return rebuild(events, views, onFilled, { signal, onCompared }, fill);
};

const NONE = {
  state: 'none',
  position: 0,
  head: 0,
  events: 0,
  began: 0,
  ended: 0,
  compared: 0,
  differing: null,
  error: null,
} as const;
/** Differences that are written into the log. */
const LOGGED = 10;

/** `fill`: default: in this thread. */
export const createRebuilding = (stores: Sources, log: Logger, fill?: Fill<ViewBuild>) => {
  let known: Omit<RebuildStatus, 'percent' | 'rate' | 'secondsLeft'> & {
    readonly head: number;
    readonly began: number;
    readonly ended: number;
  } = NONE;

  const onCompared = ({ differing, differences }: Compared): void => {
    known = { ...known, differing };
    if (differing > 0)
      log.error(
        { differing, differences: differences.slice(0, LOGGED).map(inWords) },
        'the views before this rebuild differed from the log',
      );
  };

  /** @throws Unavailable another build runs; the reason of `signal` */
  const build = async (onProgress: OnProgress, signal: AbortSignal): Promise<number> => {
    if (known.state === 'running') throw new Unavailable('views', new Error('another build is running'));
    known = { ...NONE, state: 'running', began: performance.now() };
    const tell: Parameters<typeof rebuildShowing>[1] = (position, head, events, compared) => {
      known = { ...known, position, head, events, compared };
      onProgress(position, head, events);
    };
    try {
      const position = await rebuildShowing(stores, tell, onCompared, signal, fill);
      known = { ...known, state: 'done', position, ended: performance.now() };
      return position;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      known = { ...known, state: 'failed', error: why, ended: performance.now() };
      throw error;
    }
  };

  const status = (): RebuildStatus => {
    const { state, position, head, events, began, ended, compared, differing, error } = known;
    const isRunning = state === 'running';
    const seconds = ((isRunning ? performance.now() : ended) - began) / 1000;
    const left = isRunning && position > 0 ? Math.max(0, Math.round((seconds * (head - position)) / position)) : null;
    return {
      state,
      percent: state === 'done' ? 100 : head === 0 ? 0 : percentOf(position, head),
      events,
      rate: seconds > 0 ? Math.round(events / seconds) : 0,
      secondsLeft: left,
      position,
      compared,
      differing,
      error,
    };
  };

  let running: Promise<unknown> = Promise.resolve();
  return {
    build,
    status,
    /** Begins a rebuild, unless one runs: then that goes on. */
    start: (signal: AbortSignal): RebuildStatus => {
      if (known.state !== 'running')
        running = build(() => undefined, signal).catch((error: unknown) => {
          if (!signal.aborted) log.error({ err: error }, 'the rebuild failed: the old views serve');
        });
      return status();
    },
    /** Resolves once a rebuild that was started is over. */
    ended: (): Promise<unknown> => running,
  };
};

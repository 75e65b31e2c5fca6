// Work in the background while the program runs: restarted when a store is away, and reported as a trouble until it works.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Ledger } from './commands/ledger.ts';
import { decode } from './domain/codec.ts';
import type { DataOf, Event, EventType } from './domain/events.ts';
import { percentOf } from './projections/progress.ts';
import type { ViewTells } from './projectViews.ts';
import { type EventStore, type History, type Recorded, Unavailable } from './store/ports.ts';

const RETRY = { first: 100, most: 2000 } as const;

export interface BackgroundTask {
  readonly name: string;
  /** The process serves as well without it. */
  readonly isDispensable?: true;
  /** Calls `onGoing` whenever all is well. */
  readonly work: (onGoing: () => void) => Promise<void>;
  /** Called when it stops for good. */
  readonly onStopped?: () => void;
}

/** Restarts the work while a store is away; any other error ends it. The error is a trouble until the next `onGoing`. */
export const keepRunning = async (
  { name, work, onStopped }: BackgroundTask,
  signal: AbortSignal,
  log: Logger,
  troubles: Map<string, string>,
): Promise<void> => {
  let pause: number = RETRY.first;
  const onGoing = (): void => {
    pause = RETRY.first;
    troubles.delete(name);
  };
  for (; !signal.aborted; pause = Math.min(pause * 2, RETRY.most)) {
    try {
      await work(onGoing);
      return;
    } catch (error) {
      if (signal.aborted) return;
      troubles.set(name, error instanceof Error ? error.message : String(error));
      if (!(error instanceof Unavailable)) {
        log.error({ err: error }, `the ${name} stopped for good`);
        return onStopped?.();
      }
      log.error({ err: error }, `the ${name} stopped`);
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
};

/**
 * Reports that the turn has come to this process, and why views are being rebuilt: once in the log, and as a trouble while
 * no old views serve.
 */
export const reportProjecting = (
  log: Logger,
  troubles: Map<string, string>,
): Pick<ViewTells, 'onTurn' | 'onBuilding'> => {
  let isLogged = false;
  return {
    onTurn: () => log.info('this process projects the views from now on'),
    onBuilding: (building) => {
      if (building === undefined) {
        troubles.delete('build');
        isLogged = false;
        return;
      }
      const { why, oldServe, position, head } = building;
      if (!oldServe) troubles.set('build', `${why}; they are rebuilt, ${percentOf(position, head)} % are done`);
      if (!isLogged) log.warn({ head }, `${why}; they are rebuilt${oldServe ? ' while the old ones serve' : ''}`);
      isLogged = true;
    },
  };
};

/** The names of the keys that an event lets be destroyed, or says are destroyed. */
const keysNamed: { readonly [T in EventType]?: (data: DataOf<T>) => readonly string[] } = {
  PersonErased: ({ userId }) => [userId],
  VisitorErased: ({ conversationId }) => [conversationId],
  MessageErased: ({ key, editKeys = [] }) => [key, ...editKeys],
  FileErased: ({ key }) => [key],
  ErasureCertified: ({ keys }) => keys,
};

const keysIn = (recorded: Recorded): readonly string[] => {
  const named = keysNamed[recorded.type as EventType] as ((data: Event['data']) => readonly string[]) | undefined;
  // Few events need decoding.
  return named?.(decode(recorded).data) ?? [];
};

/** A work that hands each event after `position` to `take`, and begins again where it failed. */
const following =
  (events: Pick<EventStore, 'follow' | 'head'>, position: number, take: (recorded: Recorded) => void) =>
  async (signal: AbortSignal, onGoing: () => void): Promise<void> => {
    if (position >= (await events.head())) onGoing();
    for await (const batch of events.follow(position, signal)) {
      for (const recorded of batch) {
        take(recorded);
        ({ position } = recorded);
      }
      onGoing();
    }
  };

/** Forgets, in this process, what any process erases: keys, and what they opened. */
export const forgetErased = (events: History, ledger: Ledger, position: number) =>
  following(events.recorded, position, (recorded) => {
    const keys = keysIn(recorded);
    if (keys.length === 0) return;
    events.forget(keys);
    ledger.drop(recorded.stream);
  });

/**
 * Tells the ledger of events that other processes record: in an outage its kept state must not be older than those. It needs
 * no keys, which may be away then.
 */
export const outdate = ({ recorded }: Pick<History, 'recorded'>, ledger: Pick<Ledger, 'outdate'>, position: number) =>
  following(recorded, position, ({ stream, revision }) => ledger.outdate(stream, revision));

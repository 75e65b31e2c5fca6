// Watches what the stores answer. A store that fails is named with its cause, in the log and to `/readyz`, until it works
// again: the next use that succeeds shows that or, where nobody uses it, a probe.

import type { Logger } from 'pino';
import { describeCause, isFailedSync } from './store/cause.ts';
import { type BlobStore, type EventStore, Unavailable, type ViewStore } from './store/ports.ts';
import type { Stores } from './stores.ts';

export interface WatchedStores extends Pick<Stores, 'events' | 'views' | 'blobs'> {
  /** What of them does not work at present, and why. */
  troubles(): readonly string[];
  /** Resolves when a sync has failed: nothing may be acknowledged any more, and the process must end. */
  readonly failedSync: Promise<Error>;
  /** Ends the probes. */
  stop(): void;
}

export interface WatchOptions {
  /** Milliseconds between two probes. */
  readonly probeEvery?: number;
  /** Milliseconds between two lines about one trouble that lasts. */
  readonly sayEvery?: number;
}

/** In: `events: written`. Out: `events: not written`. */
const notSo = (name: string): string => name.replace(': ', ': not ');

const PROBE_EVERY = 1000;
const SAY_EVERY = 60_000;

/** One way to use one store, which works or does not. */
interface Use {
  readonly name: string;
  /** Without one, whoever failed tries again by itself. */
  readonly probe?: () => Promise<unknown>;
  trouble: string | undefined;
  failures: number;
  saidAt: number;
  probing: NodeJS.Timeout | undefined;
}

export const watchStores = (stores: Stores, log: Logger, options: WatchOptions = {}): WatchedStores => {
  const { probeEvery = PROBE_EVERY, sayEvery = SAY_EVERY } = options;
  const { events, views, blobs } = stores;
  const uses: Use[] = [];
  const failedSync = Promise.withResolvers<Error>();
  let isStopped = false;

  const works = (use: Use): void => {
    if (use.trouble === undefined) return;
    clearTimeout(use.probing);
    log.info({ failures: use.failures }, `${use.name} again`);
    Object.assign(use, { trouble: undefined, failures: 0, probing: undefined });
  };

  const fails = (use: Use, error: unknown): void => {
    if (isFailedSync(error)) {
      log.fatal({ reason: describeCause(error) }, 'a sync failed');
      failedSync.resolve(error as Error);
    }
    // Without a cause the store is closed, and that is no trouble.
    if (!(error instanceof Unavailable) || error.cause === undefined) return;
    const trouble = describeCause(error) ?? error.message;
    const present = performance.now();
    use.failures += 1;
    if (trouble !== use.trouble || present - use.saidAt >= sayEvery) {
      Object.assign(use, { trouble, saidAt: present });
      log.warn({ reason: trouble, failures: use.failures }, notSo(use.name));
    }
    if (use.probe && !use.probing && !isStopped) use.probing = setTimeout(probe, probeEvery, use).unref();
  };

  const probe = (use: Use): void => {
    use.probing = undefined;
    void use.probe!().then(
      () => works(use),
      (error: unknown) => fails(use, error),
    );
  };

  /** `name`: the store, and what is done with it. */
  const useOf = (name: string, probe?: Use['probe']): Use => {
    const use = { name, ...(probe && { probe }), trouble: undefined, failures: 0, saidAt: 0, probing: undefined };
    uses.push(use);
    return use;
  };

  /** Not async, and it gives the promise itself: some are asked several times a request. */
  const watched = <Args extends unknown[], T>(use: Use, work: (...args: Args) => Promise<T>) => {
    const onGood = (): void => works(use);
    const onBad = (error: unknown): void => fails(use, error);
    return (...args: Args): Promise<T> => {
      const result = work(...args);
      result.then(onGood, onBad);
      return result;
    };
  };

  const appended = useOf('events: written', () => events.probe());
  const eventsRead = useOf('events: read', () => events.readLog(0, 1));
  // A projector tries again what failed, unless another process takes the lease.
  const viewsWritten = useOf('views: written', stores.lease.isShared ? () => views.checkpoint() : undefined);
  const viewsRead = useOf('views: read', () => views.checkpoint());
  const contentsKept = useOf('blobs: written', () => blobs.probe());

  const watchedEvents: EventStore = {
    append: watched(appended, (...given) => events.append(...given)),
    readStream: watched(eventsRead, (...given) => events.readStream(...given)),
    readLog: watched(eventsRead, (...given) => events.readLog(...given)),
    follow: (...given) => events.follow(...given),
    head: () => events.head(),
    probe: () => events.probe(),
    close: () => events.close(),
  };
  const watchedViews: ViewStore = {
    get: watched(viewsRead, (...given) => views.get(...given)),
    find: watched(viewsRead, (...given) => views.find(...given)),
    checkpoint: () => views.checkpoint(),
    apply: watched(viewsWritten, (...given) => views.apply(...given)),
    build: watched(viewsWritten, async () => {
      const build = await views.build();
      return {
        apply: watched(viewsWritten, (...given) => build.apply(...given)),
        finish: watched(viewsWritten, () => build.finish()),
        abandon: () => build.abandon(),
      };
    }),
    onSwitch: (listener) => views.onSwitch(listener),
    close: () => views.close(),
  };
  const watchedBlobs: BlobStore = {
    put: watched(contentsKept, (...given) => blobs.put(...given)),
    open: (...given) => blobs.open(...given),
    probe: () => blobs.probe(),
    close: () => blobs.close(),
  };

  return {
    events: watchedEvents,
    views: watchedViews,
    blobs: watchedBlobs,
    troubles: () => uses.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${notSo(name)}: ${trouble}`])),
    failedSync: failedSync.promise,
    stop: () => {
      isStopped = true;
      for (const { probing } of uses) clearTimeout(probing);
    },
  };
};

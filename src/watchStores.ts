// Watches what the stores answer. The log and `/readyz` name a store that fails, with the cause, until the next use or a
// probe shows that it works again.

import type { Logger } from 'pino';
import { describeCause, isFailedSync } from './store/cause.ts';
import { type BlobStore, Hidden, type History, Unavailable, type ViewStore } from './store/ports.ts';
import type { Stores } from './stores.ts';

/** Makes `events: not written` of `events: written`. */
const notSo = (name: string): string => name.replace(': ', ': not ');

/** Milliseconds between two probes, and between two log lines about a trouble that lasts. */
const EVERY = { probeEvery: 1000, sayEvery: 60_000 } as const;

/** Streams that lack events and are watched. Beyond, they are only refused. */
const HIDDEN = 100;

/** One way to use one store, which works or fails. */
interface Use {
  /** The store, and what is done with it. */
  readonly name: string;
  /** Undefined: the user of the store tries again by itself. */
  readonly probe: (() => Promise<unknown>) | undefined;
  trouble: string | undefined;
  failures: number;
  saidAt: number;
  probing: NodeJS.Timeout | undefined;
}

export const watchStores = (
  { events, views, blobs, lease, onFollowing }: Stores,
  log: Logger,
  options: { readonly probeEvery?: number; readonly sayEvery?: number } = {},
) => {
  const { probeEvery, sayEvery } = { ...EVERY, ...options };
  const uses = new Set<Use>();
  /** The reading of each stream that lacks an event, by its name. */
  const hidden = new Map<string, Use>();
  const failedSync = Promise.withResolvers<Error>();
  let isStopped = false;

  const works = (use: Use): void => {
    if (use.trouble === undefined) return;
    clearTimeout(use.probing);
    log.info({ failures: use.failures }, `${use.name} again`);
    Object.assign(use, { trouble: undefined, failures: 0, probing: undefined });
  };

  const lookForFailedSync = (error: unknown): void => {
    if (!isFailedSync(error)) return;
    log.fatal({ reason: describeCause(error) }, 'a sync failed');
    failedSync.resolve(error as Error);
  };

  const fails = (use: Use, error: unknown): void => {
    lookForFailedSync(error);
    // Without a cause, the store is closed: that is no trouble.
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
    watched(use, use.probe!)().catch(() => undefined);
  };

  const useOf = (name: string, probe?: Use['probe']): Use => {
    const use: Use = { name, probe, trouble: undefined, failures: 0, saidAt: 0, probing: undefined };
    uses.add(use);
    return use;
  };

  /** A stream that lacks an event is a trouble until it has the event again, however well others are read. */
  const lacks = (error: Hidden): void => {
    const { stream, revision } = error;
    let use = hidden.get(stream);
    if (!use && hidden.size < HIDDEN) {
      use = useOf('events: read whole', async () => {
        await events.readStream(stream, { from: revision, limit: 1 });
        hidden.delete(stream);
        uses.delete(use!);
      });
      hidden.set(stream, use);
    }
    if (use) fails(use, error);
  };

  /** Returns the store's own promise: some methods are called several times a request. */
  const watched = <Args extends unknown[], T>(
    use: Use,
    work: (...args: Args) => Promise<T>,
    onBad = (error: unknown): void => (error instanceof Hidden ? lacks(error) : fails(use, error)),
  ) => {
    const onGood = (): void => works(use);
    return (...args: Args): Promise<T> => {
      const result = work(...args);
      result.then(onGood, onBad);
      return result;
    };
  };

  const appended = useOf('events: written', () => events.probe());
  const eventsRead = useOf('events: read', () => events.readLog(0, 1));
  // Followers try again by themselves.
  const eventsFollowed = useOf('events: followed');
  onFollowing((failure) => (failure ? fails(eventsFollowed, failure) : works(eventsFollowed)));
  // The projector tries again by itself, unless another process takes the lease.
  const viewsWritten = useOf('views: written', lease.isShared ? () => views.checkpoint() : undefined);
  const viewsRead = useOf('views: read', () => views.checkpoint());
  const contentsKept = useOf('blobs: written', () => blobs.probe());
  const contentsRead = useOf('blobs: read', () => blobs.probe());

  const watchedEvents: History = {
    ...events,
    append: watched(appended, (...args) => events.append(...args)),
    readStream: watched(eventsRead, (...args) => events.readStream(...args)),
    readLog: watched(eventsRead, (...args) => events.readLog(...args)),
    recorded: {
      ...events.recorded,
      readStream: watched(eventsRead, (...args) => events.recorded.readStream(...args)),
      readLog: watched(eventsRead, (...args) => events.recorded.readLog(...args)),
    },
  };
  const watchedViews: ViewStore = {
    ...views,
    get: watched(viewsRead, (...args) => views.get(...args)),
    find: watched(viewsRead, (...args) => views.find(...args)),
    count: watched(viewsRead, (...args) => views.count(...args)),
    search: watched(viewsRead, (...args) => views.search(...args)),
    apply: watched(viewsWritten, (...args) => views.apply(...args)),
    // A build that fails is no trouble that lasts: whoever began it says so, and the views that serve are as good as before.
    build: async () => {
      const build = await views.build();
      return { ...build, finish: watched(viewsWritten, build.finish, lookForFailedSync) };
    },
  };
  const watchedBlobs: BlobStore = {
    ...blobs,
    put: watched(contentsKept, (...args) => blobs.put(...args)),
    open: watched(contentsRead, (...args) => blobs.open(...args)),
  };

  return {
    events: watchedEvents,
    views: watchedViews,
    blobs: watchedBlobs,
    /** The uses that fail at present, and why. */
    troubles: (): readonly string[] =>
      [...uses].flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${notSo(name)}: ${trouble}`])),
    /** Resolves when a sync has failed: nothing may be acknowledged any more, and the process must end. */
    failedSync: failedSync.promise,
    /** Ends the probes. */
    stop: () => {
      isStopped = true;
      for (const { probing } of uses) clearTimeout(probing);
    },
  };
};

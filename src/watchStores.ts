// Watches what the stores answer. The log and `/readyz` name a store that fails, with the cause, until the next use or a
// probe shows that it works again.

import type { Logger } from 'pino';
import type { BlobStore, Hidden, History, ViewStore } from './store/ports.ts';
import type { Stores } from './stores.ts';
import { createStoreUses, type Use } from './storeUses.ts';

/** Streams that lack events and are watched. Beyond, they are only refused. */
const HIDDEN = 100;

export const watchStores = (
  { events, views, blobs, lease, onFollowing }: Stores,
  log: Logger,
  options: Parameters<typeof createStoreUses>[2] = {},
) => {
  const uses = createStoreUses(log, (error) => lacks(error), options);
  const { useOf, watched, works, fails, lookForFailedSync } = uses;
  /** The reading of each stream that lacks an event, by its name. */
  const hidden = new Map<string, Use>();

  /** A stream that lacks an event is a trouble until it has the event again, however well others are read. */
  const lacks = (error: Hidden): void => {
    const { stream, revision } = error;
    let use = hidden.get(stream);
    if (!use && hidden.size < HIDDEN) {
      use = useOf('events: read whole', async () => {
        await events.readStream(stream, { from: revision, limit: 1 });
        hidden.delete(stream);
        uses.drop(use!);
      });
      hidden.set(stream, use);
    }
    if (use) fails(use, error);
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
    troubles: uses.troubles,
    failedSync: uses.failedSync,
    stop: uses.stop,
  };
};

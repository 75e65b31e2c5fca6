// Runs a verb's commands directly on the stores: those of a data directory that no server has, or those that servers share.

import { closeAfter } from '../closing.ts';
import { checkSealedTail } from '../commands/sealedTail.ts';
import { type Composed, compose } from '../compose.ts';
import { readConfig } from '../config.ts';
import { projectViews, watchViews } from '../projectViews.ts';
import { openStores, type Stores } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';

interface Offline extends Composed {
  readonly stores: Stores;
  /** Waits until the views have reached the end of the log. */
  settle(): Promise<unknown>;
}

/** A verb has the time that views need, also while a server builds them. Milliseconds. */
const SETTLE = 24 * 60 * 60 * 1000;

/**
 * `mayBegin`: in a place without a log, begins one. `looks`: records nothing, so the log may be any. @throws UsageError there is no log;
 * SealBroken: a new seal, or an event, would hide that somebody changed the log
 */
export const offline = async <T>(
  work: (program: Offline) => Promise<T>,
  { mayBegin = false, looks = false, config = readConfig(process.env) } = {},
): Promise<T> => {
  if (!mayBegin) await mustHaveLog(config);
  return closeAfter(await openStores(config), async (stores) => {
    if (!looks) await checkSealedTail(stores.events.recorded, stores.lastSeal);
    return closeAfter(await compose(config, stores, () => new Date(), { viewWait: SETTLE }), async (composed) => {
      const stop = new AbortController();
      // The projector ends only at an error, or when it is stopped.
      const projecting = projectViews(
        stores,
        composed.progress,
      )(stop.signal).then((): never => {
        throw new Error('the projector ended');
      });
      // A server that runs beside this process keeps the lease, and the views.
      const watching = stores.lease.isShared && watchViews(stores, composed.progress, stop.signal, new Map());
      const settle = async () => composed.progress.reached(await stores.events.head(), SETTLE);
      try {
        return await Promise.race([work({ ...composed, stores, settle }), projecting]);
      } finally {
        stop.abort();
        await Promise.all([projecting.catch(() => undefined), watching]);
      }
    });
  });
};

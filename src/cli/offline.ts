// Runs a verb's commands directly on the stores, while no server runs on them.

import { closeAfter } from '../closing.ts';
import { type Composed, compose } from '../compose.ts';
import { readConfig } from '../config.ts';
import { projectViews } from '../projectViews.ts';
import { openStores, type Stores } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';

interface Offline extends Composed {
  readonly stores: Stores;
  /** Waits until the views have reached the end of the log. */
  settle(): Promise<unknown>;
}

const SETTLE = 24 * 60 * 60 * 1000;

/** `mayBegin`: in a place without a log, begins one. @throws UsageError there is no log */
export const offline = async <T>(
  work: (program: Offline) => Promise<T>,
  { mayBegin = false, config = readConfig(process.env) } = {},
): Promise<T> => {
  if (!mayBegin) await mustHaveLog(config);
  return closeAfter(await openStores(config), async (stores) =>
    closeAfter(await compose(config, stores, () => new Date()), async (composed) => {
      const stop = new AbortController();
      // The projector ends only at an error, or when it is stopped.
      const projecting = projectViews(
        stores,
        composed.progress,
      )(stop.signal).then((): never => {
        throw new Error('the projector ended');
      });
      const settle = async () => composed.progress.reached(await stores.events.head(), SETTLE);
      try {
        return await Promise.race([work({ ...composed, stores, settle }), projecting]);
      } finally {
        stop.abort();
        await projecting.catch(() => undefined);
      }
    }),
  );
};

// Runs a verb's commands directly on the stores, while no server runs on them.

import { type Composed, compose } from '../compose.ts';
import { readConfig } from '../config.ts';
import { projectViews } from '../projectViews.ts';
import { openStores } from '../stores.ts';

interface Offline extends Composed {
  /** Waits until the views have reached the end of the log. */
  settle(): Promise<void>;
}

const SETTLE = 24 * 60 * 60 * 1000;

export const offline = async (work: (program: Offline) => Promise<void>): Promise<void> => {
  const config = readConfig(process.env);
  const stores = await openStores(config);
  const composed = await compose(config, stores, () => new Date());
  const stop = new AbortController();
  const failed = Promise.withResolvers<never>();
  const projecting = projectViews(stores, composed.progress, stop.signal).catch((error: unknown) =>
    failed.reject(error),
  );
  const settle = async (): Promise<void> => {
    await composed.progress.reached(await stores.events.head(), SETTLE);
  };
  failed.promise.catch(() => undefined);
  try {
    await Promise.race([work({ ...composed, settle }), failed.promise]);
  } finally {
    stop.abort();
    await projecting;
    await composed.close();
    await stores.close();
  }
};

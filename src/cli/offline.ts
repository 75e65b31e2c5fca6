// Runs a verb directly on the stores, with commands and views, while no server runs on them.

import { type Composed, compose } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { projectViews } from '../projectViews.ts';
import { openStores, type Stores } from '../stores.ts';

export interface Offline extends Composed {
  readonly stores: Stores;
  readonly config: Config;
  /** Waits until the views have reached the end of the log. */
  settle(): Promise<void>;
}

const SETTLE = 24 * 60 * 60 * 1000;

export const offline = async <T>(work: (program: Offline) => Promise<T>): Promise<T> => {
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
    return await Promise.race([work({ ...composed, stores, config, settle }), failed.promise]);
  } finally {
    stop.abort();
    await projecting;
    await composed.close();
    await stores.close();
  }
};

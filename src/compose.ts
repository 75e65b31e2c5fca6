// Puts the parts together that every way of running the program needs: the commands, the queries, the projector.

import { createPasswords } from './auth/passwords.ts';
import { createTokens } from './auth/tokens.ts';
import type { Core } from './commands/core.ts';
import { createLedger } from './commands/ledger.ts';
import { type LogIdentity, openLog } from './commands/logIdentity.ts';
import { createMessageLane } from './commands/messageLane.ts';
import { createNumbers } from './commands/numbers.ts';
import { createReceipts } from './commands/receipts.ts';
import type { Config } from './config.ts';
import { checkUpcasters } from './domain/codec.ts';
import type { DomainEvent } from './domain/events.ts';
import { idSource } from './domain/ids.ts';
import { createProgress, type Progress } from './projections/progress.ts';
import { createQueries, type Queries } from './projections/queries.ts';
import { readyViews } from './projections/readyViews.ts';
import { Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

export interface Composed {
  readonly core: Core;
  readonly queries: Queries;
  readonly progress: Progress;
  readonly logIdentity: LogIdentity;
  close(): Promise<void>;
}

/** How long a retried command waits for the views before it is decided whether it was carried out, in milliseconds. */
const RECEIPT_WAIT = 10_000;

/** Where another process may project, how often the views are asked how far they are, in milliseconds. */
const POLL = 10;

/** `onRecorded` is told what this process records. */
export const compose = async (
  config: Config,
  stores: Stores,
  now: () => Date,
  onRecorded: (events: readonly DomainEvent[]) => void = () => undefined,
  passwords = createPasswords({ cost: config.BCRYPT_COST }),
): Promise<Composed> => {
  checkUpcasters();
  const newId = idSource(now);
  const checkpoint = async () => (await stores.views.checkpoint()).position;
  const progress = createProgress({
    needed: await stores.events.head(),
    poll: stores.lease.isShared ? { checkpoint, interval: POLL } : undefined,
  });
  stores.views.onSwitch(progress.forget);
  const queries = createQueries(readyViews(stores.views, progress));
  const { events } = stores;
  const receipts = createReceipts({
    events,
    inViews: async (commandId, position) => {
      if (progress.isAway || !(await progress.reached(position, RECEIPT_WAIT))) throw new Unavailable('views');
      return queries.receipt(commandId);
    },
  });
  const streams = { events, receipts, now, clock: () => performance.now(), newId, onRecorded };
  const ledger = createLedger(streams);
  const messages = createMessageLane(streams);
  const tokens = await createTokens({ secret: stores.secret, now });
  const numbers = createNumbers(ledger);
  const core: Core = { ledger, messages, numbers, passwords, tokens, blobs: stores.blobs, now, newId };
  const logIdentity = await openLog(stores.events, ledger, newId, stores.wasPutBack);
  return { core, queries, progress, logIdentity, close: () => passwords.close() };
};

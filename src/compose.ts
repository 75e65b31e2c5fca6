// Composes what every way of running the program needs: the commands and the queries.

import { createPasswords, type Passwords } from './auth/passwords.ts';
import { createTokens } from './auth/tokens.ts';
import type { Core } from './commands/core.ts';
import { createLedger } from './commands/ledger.ts';
import { openLog } from './commands/logIdentity.ts';
import { createMessageLane } from './commands/messageLane.ts';
import { createNumbers } from './commands/numbers.ts';
import { createReceipts } from './commands/receipts.ts';
import type { Config } from './config.ts';
import { checkUpcasters } from './domain/codec.ts';
import type { DomainEvent } from './domain/events.ts';
import { idSource } from './domain/ids.ts';
import { formerLogOf } from './projections/mark.ts';
import { createProgress } from './projections/progress.ts';
import { createQueries } from './projections/queries.ts';
import { readyViews } from './projections/readyViews.ts';
import { Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

export type Composed = Awaited<ReturnType<typeof compose>>;

/** Milliseconds that a retried command waits for the views, which have its receipt. */
const RECEIPT_WAIT = 10_000;

/** Milliseconds between two reads of the checkpoint, if another process may project. */
const POLL = 10;

export interface ComposeOptions {
  /** Called with the events that this process records. */
  readonly onRecorded?: (events: readonly DomainEvent[]) => void;
  /** Closed with the program. */
  readonly passwords?: Passwords | undefined;
  /** The id of the log that this process knew before it found an older state of it. */
  readonly replaced?: string | undefined;
  /** Milliseconds that an answer waits for the views. */
  readonly viewWait?: number | undefined;
}

/** @throws Unavailable */
export const compose = async (config: Config, stores: Stores, now: () => Date, options: ComposeOptions = {}) => {
  const { onRecorded = () => undefined, replaced, viewWait: patience } = options;
  const { passwords = createPasswords({ cost: config.BCRYPT_COST }) } = options;
  checkUpcasters();
  const newId = idSource(now);
  const { events, views, lease } = stores;
  const checkpoint = async () => (lease.isHeld ? undefined : (await views.checkpoint()).position);
  const poll = lease.isShared ? { checkpoint, interval: POLL } : undefined;
  const progress = createProgress({ needed: await events.head(), poll, patience });
  views.onSwitch(progress.forget);
  const queries = createQueries(readyViews(views, progress));
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
  // Views that took more of this very log than it holds: an older state of it was restored.
  const former = await formerLogOf(events, views);
  let wasPutBack = false;
  const logIdentity = await openLog(events, ledger, newId, (id) => {
    wasPutBack = stores.wasPutBack || id === replaced || id === former;
    return wasPutBack;
  });
  return { core, queries, progress, logIdentity, wasPutBack, close: () => passwords.close() };
};

// Composes what every way of running the program needs: the commands and the queries.

import { createLinks } from './auth/links.ts';
import { createPasswords, type Passwords } from './auth/passwords.ts';
import { rootsOf } from './auth/secret.ts';
import { createSigningKey } from './auth/signing.ts';
import { createTokens } from './auth/tokens.ts';
import type { Core, PresentIn } from './commands/core.ts';
import { createDeskBudget } from './commands/deskBudget.ts';
import { createErasing } from './commands/erasing.ts';
import { createErasureWatch } from './commands/erasureWatch.ts';
import { createLedger } from './commands/ledger.ts';
import { openLog } from './commands/logIdentity.ts';
import { createMessageLane, importLanes } from './commands/messageLane.ts';
import { createNoteLogRead } from './commands/noteLogRead.ts';
import { createNumbers } from './commands/numbers.ts';
import { createProofs } from './commands/proofs.ts';
import { receiptAt } from './commands/receiptAt.ts';
import { createReceipts } from './commands/receipts.ts';
import { createSealLog } from './commands/sealLog.ts';
import { keepOutside } from './commands/seals.ts';
import { createSecurityLog, type SecurityLogOptions } from './commands/securityLog.ts';
import { createSentMessage } from './commands/sentMessage.ts';
import { createSigner } from './commands/signer.ts';
import { createSlowMode } from './commands/slowMode.ts';
import { createSpace } from './commands/space.ts';
import { createSuccession } from './commands/succession.ts';
import { mustBeWhole } from './commands/wholeLog.ts';
import type { Config } from './config.ts';
import type { DomainEvent, Events, Meta } from './domain/events.ts';
import { idSource } from './domain/ids.ts';
import { checkVersions } from './domain/versions.ts';
import { mustBeKeysOf } from './history/keysOfLog.ts';
import { openPseudonyms } from './history/pseudonyms.ts';
import { createLimits, type Limits } from './limits/limits.ts';
import type { LogOutput } from './logOutput.ts';
import { createMail, type MailFailure } from './mail/mail.ts';
import { formerLogOf } from './projections/mark.ts';
import { positionAt } from './projections/past/positionAt.ts';
import { createQueriesAt } from './projections/past/queries.ts';
import { createProgress } from './projections/progress.ts';
import { createSearch } from './projections/queries/search.ts';
import { createQueries } from './projections/queries.ts';
import { readyViews } from './projections/readyViews.ts';
import { createSealOutlets } from './sealOutlets.ts';
import { Unavailable } from './store/ports.ts';
import { keysPlaceOf, type Stores } from './stores.ts';

export type Composed = Awaited<ReturnType<typeof compose>>;

/** Milliseconds that a retried command waits for the views, which have its receipt. */
const RECEIPT_WAIT = 10_000;

const MINUTE = 60_000;
const DAY = 24 * 60 * 60 * 1000;

/** Milliseconds between two reads of the checkpoint, if another process may project. */
const POLL = 10;

/** `log`: of the security log alone. */
export interface ComposeOptions extends SecurityLogOptions {
  /** Called with the events that this process records. */
  readonly onRecorded?: (events: readonly DomainEvent[]) => void;
  /** Default: nobody is. */
  readonly presentIn?: PresentIn;
  readonly onMailFailed?: (failure: MailFailure) => void;
  /** Closed with the program. */
  readonly passwords?: Passwords | undefined;
  /** Default: those of the settings, in this process alone. */
  readonly limits?: Limits | undefined;
  /** The id of the log that this process knew before it found an older state of it. */
  readonly replaced?: string | undefined;
  /** Standard output, which seals share with the log. */
  readonly output?: LogOutput | undefined;
  /** Milliseconds that an answer waits for the views. */
  readonly viewWait?: number | undefined;
}

const mailOf = ({ SMTP_URL, MAIL_FROM, PUBLIC_URL }: Config, onFailed: (failure: MailFailure) => void) =>
  SMTP_URL === undefined || MAIL_FROM === undefined || PUBLIC_URL === undefined
    ? null
    : createMail({ url: SMTP_URL, from: MAIL_FROM, publicUrl: PUBLIC_URL, onFailed });

/** @throws Unavailable; LogUnfinished; Error: these are not the keys of the log */
export const compose = async (config: Config, stores: Stores, now: () => Date, options: ComposeOptions = {}) => {
  const { onRecorded = () => undefined, onMailFailed = () => undefined, replaced, viewWait: patience } = options;
  const { passwords = createPasswords({ cost: config.BCRYPT_COST }), limits = createLimits(config) } = options;
  checkVersions();
  const newId = idSource(now);
  const { events, views, lease } = stores;
  // Before the keys: those of half a copy may not be there yet.
  await mustBeWhole(events);
  await mustBeKeysOf(events.recorded, stores.keys, keysPlaceOf(config));
  const checkpoint = async () => (lease.isHeld ? undefined : (await views.checkpoint()).position);
  const poll = lease.isShared ? { checkpoint, interval: POLL } : undefined;
  const progress = createProgress({ needed: await events.head(), poll, patience });
  views.onSwitch(progress.forget);
  const ready = readyViews(views, progress);
  const queries = createQueries(ready, events.open);
  const search = createSearch({ views: ready, marks: events.marks, queries });
  const queriesAt = createQueriesAt(ready, events, queries);
  const timeToPosition = (time: string): Promise<number> => positionAt(ready, events.recorded, time);
  const receipts = createReceipts({
    events,
    inViews: async (commandId, position) => {
      if (progress.isAway || !(await progress.reached(position, RECEIPT_WAIT))) throw new Unavailable('views');
      return receiptAt(events, await queries.receipt(commandId));
    },
  });
  const tell = (recorded: Events, meta: Meta): void => {
    onRecorded(recorded);
    security.recorded(recorded, meta);
  };
  const streams = { events, receipts, now, clock: () => performance.now(), newId, onRecorded: tell };
  const ledger = createLedger(streams);
  const messages = createMessageLane(streams);
  const noteLogRead = createNoteLogRead(messages, now);
  const security = createSecurityLog(messages, now, options);
  const sentMessage = createSentMessage({ events, queries, progress });
  const slowMode = createSlowMode(queries);
  const succession = createSuccession({ ledger, events, queries, progress, patience });
  const signer = createSigner({ events, key: createSigningKey(stores.secrets[0]), now, newId });
  const grace = config.ERASE_GRACE * DAY;
  const erasing = createErasing({ ledger, events, views, queries, progress, signer, now, grace });
  const tokens = await createTokens({ roots: rootsOf(stores.secrets), now });
  const numbers = createNumbers(ledger);
  const links = createLinks({ secrets: rootsOf(stores.secrets).tokens, now });
  const mail = mailOf(config, onMailFailed);
  const space = createSpace({ quota: config.MAX_STORED, events, queries, progress });
  const budget = { address: config.DESK_BUDGET_ADDRESS, all: config.DESK_BUDGET };
  const deskBudget = createDeskBudget({ ledger, now, bytes: budget });
  const checks = { passwords, tokens, links };
  const sessionLimits = { idle: config.SESSION_IDLE * DAY, lifetime: config.SESSION_LIFETIME * DAY };
  const bounds = { limits, security, noteLogRead, space, deskBudget, sessionLimits, registration: config.REGISTRATION };
  // Views that took more of this very log than it holds: an older state of it was restored.
  const former = await formerLogOf(events, views);
  let wasPutBack = false;
  const logIdentity = await openLog(events, ledger, newId, (id) => {
    wasPutBack = stores.wasPutBack || id === replaced || id === former;
    return wasPutBack;
  });
  const outlets = createSealOutlets(config, options.output);
  const sealLog = createSealLog({
    events,
    signer,
    logIdentity,
    now,
    newId,
    onSealed: async (seal) => {
      await keepOutside(stores.lastSeal, seal);
      void outlets.send(JSON.stringify(seal));
    },
  });
  const sealing = { sealLog, outlets, every: config.SEAL_EVERY * MINUTE, now };
  const proofs = createProofs({ recorded: events.recorded, queries, progress, logIdentity });
  const core: Core = {
    ledger,
    messages,
    openImportLane: importLanes(streams),
    sentMessage,
    slowMode,
    succession,
    erasing,
    numbers,
    pseudonym: await openPseudonyms(stores.keys),
    ...checks,
    ...bounds,
    mail,
    presentIn: options.presentIn ?? (() => []),
    signer,
    sealLog,
    proofs,
    blobs: stores.blobs,
    watchErasure: createErasureWatch(stores.events),
    now,
    newId,
  };
  const close = async (): Promise<void> => {
    await Promise.all([passwords.close(), mail?.close(), outlets.close()]);
    await security.close();
  };
  return {
    core,
    queries,
    search,
    queriesAt,
    positionAt: timeToPosition,
    progress,
    logIdentity,
    wasPutBack,
    sealing,
    close,
  };
};

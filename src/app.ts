// The composition root: the whole program, for production and tests alike.

import { type Logger, pino } from 'pino';
import type { AppOptions } from './appOptions.ts';
import { type BackgroundTask, keepRunning } from './background.ts';
import { createChecking } from './checking.ts';
import { closeWithin, type WaitFor } from './closing.ts';
import { createAuthenticator } from './commands/authenticate.ts';
import type { PresentIn } from './commands/core.ts';
import { checkSealedTail } from './commands/sealedTail.ts';
import { compose } from './compose.ts';
import { type Config, readConfig } from './config.ts';
import { mountsOf, signOnOf, socketsOf } from './dialects/dialect.ts';
import { dialects as allDialects } from './dialects/index.ts';
import { createDecoder } from './domain/codec.ts';
import type { DomainEvent } from './domain/events.ts';
import { connectionsWithin, descriptorLimit } from './http/descriptors.ts';
import { createPorts } from './http/ports.ts';
import { createTurns } from './http/turns.ts';
import { createAddressOf } from './limits/clientAddress.ts';
import { createOutputBudget } from './limits/outputBudget.ts';
import type { LogOutput } from './logOutput.ts';
import { guardSpace } from './lowSpace.ts';
import type { MailFailure } from './mail/mail.ts';
import { createMetrics } from './metrics.ts';
import { createPresence } from './presence/presence.ts';
import { presentAnywhere } from './presentAnywhere.ts';
import { processTasks } from './processTasks.ts';
import { headSoon } from './projections/headSoon.ts';
import { projectorTasks } from './projectorTasks.ts';
import { watchViews } from './projectViews.ts';
import { fillApart } from './rebuildApart.ts';
import { createRebuilding } from './rebuilding.ts';
import { serverVerbs } from './serverVerbs.ts';
import type { Services } from './services.ts';
import { shareLimits } from './sharedLimits.ts';
import { openStores, type Stores, usesDataDir } from './stores.ts';
import { answerVerbs } from './verbChannel.ts';
import { watchStores } from './watchStores.ts';
import { createHub, type Hub } from './ws/hub.ts';
import { nativeSocket } from './ws/native.ts';
import { createSockets, type Sockets } from './ws/server.ts';

export interface App {
  /** Where it listens. */
  readonly url: string;
  /** Where it listens for operators, if they have a port of their own. */
  readonly operatorUrl: string | undefined;
  /** Where its data is, in words for the operator. */
  readonly place: string;
  readonly services: Services;
  /** Resolves when a sync failed: nothing tells what is on disk, so the process must end at once. */
  readonly failed: Promise<Error>;
  /**
   * Resolves, with the reason, if the log turns out to be another one than this process knows. The program serves nothing
   * until it is closed and created anew, with the id of the log that it knew as `replaced`.
   */
  readonly replaced: Promise<string>;
  /**
   * Takes no new work, asks the sockets to come back, finishes the work in hand, and closes the stores.
   * @throws Unfinished after `deadline` milliseconds; else the error of the first part that failed to close
   */
  close(deadline?: number): Promise<void>;
}

/** The share of all connections that may be sockets: the rest is for requests. */
const SOCKETS = 0.8;
/** Auditors that follow the log at once. */
const FOLLOWERS = 32;
/** Milliseconds that a stop may take: orchestrators and people kill a process after ten seconds. */
const CLOSING = 9000;
/** Milliseconds of it that requests in hand may take; the rest is for the stores. */
const DRAIN = 5000;

/** The settings of a process that serves. @throws Error naming every setting that is invalid */
export const readSettings = (environment: Readonly<Record<string, string | undefined>>): Config =>
  readConfig(environment, allDialects);

/** The log of the process. */
export const createLog = ({ LOG_LEVEL }: Pick<Config, 'LOG_LEVEL'>, output: LogOutput): Logger =>
  pino({ level: LOG_LEVEL }, output);

/** Starts the program. @throws Error with a message for the operator: a setting, a store, the data directory, the port */
export const createApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const stores = await (options.openStores ?? openStores)(config);
  return start(config, stores, options).catch(async (error: unknown) => {
    await closeWithin(CLOSING, stores.close).catch(() => undefined);
    throw error;
  });
};

const start = async (config: Config, opened: Stores, options: AppOptions): Promise<App> => {
  const { now = () => new Date(), dialects: known = allDialects } = options;
  const dialects = known.filter(({ name }) => config.DIALECTS?.includes(name) ?? true);
  const log = options.log ?? pino({ level: config.LOG_LEVEL });
  await checkSealedTail(opened.events.recorded, opened.lastSeal);
  const room = guardSpace(opened, config, log, { every: options.lookEvery });
  await room.start();
  const watched = watchStores({ ...opened, events: room.events, blobs: room.blobs }, log);
  const stores = { ...opened, ...watched };
  const { events } = stores;
  const troubles = new Map<string, string>();
  const [ending, stopping] = [new AbortController(), new AbortController()];
  let canServe = true;

  let hub: Hub | undefined;
  let sockets: Sockets | undefined;
  const lag = async () => Math.max(0, (await headSoon(events)) - progress.position);
  const metrics = createMetrics({ sockets: () => sockets?.size ?? 0, lag }, now);
  const countSends = (recorded: readonly DomainEvent[]): void =>
    metrics.sends.inc(recorded.filter(({ type }) => type === 'MessageSent').length);
  const onMailFailed = (failure: MailFailure): void =>
    log.warn({ security: 'mail-failed', ...failure }, 'a mail was not sent');
  const { limits, ephemera } = await shareLimits(config, stores, {
    onReached: ({ name }, { address, actorId }) =>
      core.security.refuse('too-many-requests', { address, userId: actorId, limit: name }),
    onNewPlace: ({ address, actorId }) => core.security.note('new-address', { address, userId: actorId }),
  });
  const tells = { onRecorded: countSends, onMailFailed, log };
  const presentIn: PresentIn = (conversationId, most) =>
    presentAnywhere(services, hub?.presentIn(conversationId, most) ?? [], conversationId, most);
  const composed = await compose(config, stores, now, { ...options, ...tells, limits, presentIn });
  const { core, queries, search, queriesAt, positionAt, progress, logIdentity } = composed;
  if (composed.wasPutBack)
    log.warn(
      { security: 'log-put-back', logId: logIdentity.logId },
      'the event log was put back: it is another log now, and clients learn so',
    );
  const startHead = await events.head();
  const fill = config.MONGODB_URL === undefined ? room.fillWhileThereIsRoom(fillApart(config)) : fillApart(config);
  const rebuilding = createRebuilding(stores, log, fill);
  const { VIEW_CHECK: percent } = config;
  const onReport = metrics.checked;
  const checking = createChecking(stores, progress, { percent, log, every: options.checkEvery, onReport });
  const services: Services = {
    config,
    log,
    metrics,
    core,
    queries,
    search,
    queriesAt,
    positionAt,
    progress,
    addressOf: createAddressOf(config.TRUSTED_PROXIES),
    authenticator: createAuthenticator(
      core,
      async (keyHash) => (await queries.userOfKey(keyHash))?.userId,
      signOnOf(dialects, { config, core, progress }),
    ),
    events,
    ephemera,
    presence: createPresence(ephemera, { self: core.newId(), beat: options.presenceEvery }),
    decode: createDecoder(),
    output: createOutputBudget(config),
    turns: createTurns(),
    searches: createTurns(),
    followers: createTurns({ atOnce: FOLLOWERS }),
    ending: ending.signal,
    logIdentity,
    rebuilds: { start: () => rebuilding.start(stopping.signal), status: rebuilding.status },
    startHead,
    canServe: () => canServe,
    pushedTo: (userId) => hub?.receivedBy(userId) ?? 0,
    warnings: () => [
      ...opened.warnings(),
      ...room.warnings(),
      ...checking.warnings(),
      ...composed.sealing.outlets.warnings(),
    ],
    troubles: () => [
      ...room.troubles(),
      ...watched.troubles(),
      ...[...troubles].map(([name, trouble]) => `${name}: ${trouble}`),
      ...(hub?.troubles() ?? []),
    ],
  };

  // What cannot be made fails the start before anything runs in the background.
  const connections = Math.min(config.MAX_CONNECTIONS ?? Infinity, connectionsWithin(descriptorLimit()));
  if (config.ROLES.includes('api')) {
    hub = createHub(services);
    const most = Math.ceil(connections * SOCKETS);
    const limited = { ...services, config: { ...config, MAX_SOCKETS: Math.min(config.MAX_SOCKETS, most) } };
    sockets = createSockets(limited, hub, [nativeSocket(services, hub), ...socketsOf(dialects, services, hub)]);
  }
  const ports = createPorts(services, sockets && mountsOf(dialects, services), connections);
  sockets?.attach(ports.clients);
  const endRequests = ports.ending(DRAIN);

  /** What runs in the background until the program stops, with names for the operator. */
  const tasks: [name: string, ended: Promise<void>][] = [];
  const inBackground = (task: BackgroundTask): void => {
    const onStopped = (): void => {
      if (!task.isDispensable) canServe = false;
      task.onStopped?.();
    };
    tasks.push([`the ${task.name}`, keepRunning({ ...task, onStopped }, stopping.signal, log, troubles)]);
  };
  const projects = config.ROLES.includes('projector');
  if (projects) {
    const { signal } = stopping;
    const { sealing } = composed;
    const given = { sealing, checking, fill, signal, troubles };
    for (const task of projectorTasks(services, stores, given)) inBackground(task);
  }
  if (!projects || stores.lease.isShared)
    tasks.push(['the watch on the views', watchViews(stores, progress, stopping.signal, troubles)]);
  for (const task of processTasks(services, { hub, sockets, ports, signal: stopping.signal })) inBackground(task);
  const endVerbs = usesDataDir(config)
    ? await answerVerbs(serverVerbs(core, rebuilding, checking), config.DATA_DIR).catch((error: unknown) => {
        log.warn({ err: error }, 'no verb of the command line can ask this server: stop the server first');
        return undefined;
      })
    : undefined;

  const stop = async (waitFor: WaitFor): Promise<void> => {
    canServe = false;
    troubles.set('process', 'it stops');
    ending.abort();
    await Promise.all([waitFor('requests', endRequests()), waitFor('sockets', sockets?.close())]);
    stopping.abort();
    tasks.push(['a rebuild', rebuilding.ended().then(() => undefined)]);
    const waiting = tasks.map(([name, ended]) => waitFor(name, ended));
    await Promise.all([waitFor('a verb of the command line', endVerbs?.()), ...waiting]);
    watched.stop();
    room.stop();
    await waitFor('passwords and mails', composed.close());
  };
  try {
    return {
      ...(await ports.listen()),
      place: stores.place,
      services,
      failed: watched.failedSync,
      replaced: stores.replaced,
      close: (deadline = CLOSING) =>
        closeWithin(deadline, async (waitFor) => {
          await stop(waitFor);
          await stores.close(waitFor);
        }),
    };
  } catch (error) {
    // The first error is the one to report.
    await closeWithin(CLOSING, stop).catch(() => undefined);
    throw error;
  }
};

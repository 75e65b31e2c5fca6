// The composition root: the whole program, for production and tests alike.

import { type Logger, pino } from 'pino';
import type { Passwords } from './auth/passwords.ts';
import { type BackgroundTask, keepRunning, reportBuilding } from './background.ts';
import { closeWithin, type WaitFor } from './closing.ts';
import { createAuthenticator } from './commands/authenticate.ts';
import type { Ledger } from './commands/ledger.ts';
import { compose } from './compose.ts';
import { type Config, readConfig } from './config.ts';
import { type Dialect, mountsOf, signOnOf, socketsOf } from './dialects/dialect.ts';
import { dialects as allDialects } from './dialects/index.ts';
import { createDecoder } from './domain/codec.ts';
import type { DomainEvent, Event } from './domain/events.ts';
import { createGuardedServer } from './http/connections.ts';
import { connectionsWithin, descriptorLimit } from './http/descriptors.ts';
import { endingOf, listen } from './http/listening.ts';
import { operationRoutes } from './http/routes/operations.ts';
import { createHttp } from './http/server.ts';
import { createTurns } from './http/turns.ts';
import { createMetrics } from './metrics.ts';
import { projectViews, watchViews } from './projectViews.ts';
import { answerRebuilds } from './rebuilding.ts';
import type { Services } from './services.ts';
import type { EventStore } from './store/ports.ts';
import { openStores, type Stores, viewsDirectory } from './stores.ts';
import { watchStores } from './watchStores.ts';
import { createHub } from './ws/hub.ts';
import { nativeSocket } from './ws/native.ts';
import { CLOSE } from './ws/protocol.ts';
import { createSockets, type Sockets } from './ws/server.ts';

export interface App {
  /** Where it listens. */
  readonly url: string;
  /** Where its data lies, as an operator would say it. */
  readonly place: string;
  readonly services: Services;
  /** Resolves when the process must not go on: a sync failed, and nobody knows what is on disk. End it at once. */
  readonly failed: Promise<Error>;
  /**
   * No new work, sockets told to come back, work in hand finished, stores closed.
   * @throws Unfinished after `deadline` milliseconds; the error of the first part that failed to end.
   */
  close(deadline?: number): Promise<void>;
}

export interface AppOptions {
  /** Opens the stores that the settings name. */
  readonly openStores?: (config: Config) => Promise<Stores>;
  /** The foreign APIs among which `DIALECTS` chooses. */
  readonly dialects?: readonly Dialect[];
  readonly now?: () => Date;
  readonly log?: Logger;
  /** In place of a thread that hashes at the cost of the settings. Closed with the program. */
  readonly passwords?: Passwords;
}

/** Of all connections, those that may be sockets: who only asks still gets in. */
const SOCKETS = 0.8;
/** How long a stop may take, in milliseconds: orchestrators and people kill what has not ended after ten seconds. */
const CLOSING = 9000;
/** How long of it requests in hand may take; the rest is for the stores. */
const DRAIN = 5000;

/** What this process remembers for readers in an outage is not older than what it has heard of. */
const outdate = async (events: EventStore, ledger: Ledger, position: number, signal: AbortSignal): Promise<void> => {
  for await (const batch of events.follow(position, signal))
    for (const { stream, revision } of batch) ledger.outdate(stream, revision);
};

/** The settings of a process that serves. @throws Error naming every setting that is invalid */
export const readSettings = (environment: Readonly<Record<string, string | undefined>>): Config =>
  readConfig(environment, allDialects);

/** @throws Error with a message for the operator: a setting, a store, the data directory, the port. */
export const createApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const stores = await (options.openStores ?? openStores)(config);
  try {
    return await start(config, stores, options);
  } catch (error) {
    await closeWithin(CLOSING, stores.close).catch(() => undefined);
    throw error;
  }
};

const start = async (config: Config, opened: Stores, options: AppOptions): Promise<App> => {
  const { now = () => new Date(), dialects: known = allDialects } = options;
  const dialects = known.filter(({ name }) => config.DIALECTS?.includes(name) ?? true);
  const log = options.log ?? pino({ level: config.LOG_LEVEL });
  const watched = watchStores(opened, log);
  const stores = { ...opened, ...watched };
  const { events } = stores;
  const troubles = new Map<string, string>();
  const stopping = new AbortController();

  let sockets: Sockets | undefined;
  const metrics = createMetrics(
    {
      sockets: () => sockets?.size ?? 0,
      lag: async () => Math.max(0, (await events.head()) - progress.position),
    },
    now,
  );
  const countSends = (recorded: readonly DomainEvent[]): void =>
    metrics.sends.inc(recorded.filter(({ type }) => type === 'MessageSent').length);
  const composed = await compose(config, stores, now, countSends, options.passwords);
  const { core, queries, progress, logIdentity } = composed;
  if (stores.wasPutBack)
    log.warn(
      { logId: logIdentity.logId },
      'the event log was put back: it is another one from here on, and clients hear so',
    );
  const startHead = await events.head();
  const onVisible = (event: Event): void => {
    if (event.type === 'MessageSent') metrics.visible(event.at);
  };
  const services: Services = {
    config,
    log,
    metrics,
    core,
    queries,
    progress,
    authenticator: createAuthenticator(
      core,
      async (keyHash) => (await queries.userOfKey(keyHash))?.userId,
      signOnOf(dialects, { config, core, progress }),
    ),
    events,
    decode: createDecoder(),
    turns: createTurns(),
    logIdentity,
    startHead,
    troubles: () => [...watched.troubles(), ...[...troubles].map(([name, trouble]) => `${name}: ${trouble}`)],
  };

  const inBackground = (task: BackgroundTask) => keepRunning(task, stopping.signal, log, troubles);
  const tells = { onVisible, onBuilding: reportBuilding(log, troubles), decode: services.decode };
  const projects = config.ROLES.includes('projector');
  const projecting = projects
    ? inBackground({
        name: 'projector',
        work: (onGoing) => projectViews(stores, progress, stopping.signal, { ...tells, onGoing }),
        onStopped: progress.halted,
      })
    : undefined;

  const watching =
    projects && !stores.lease.isShared
      ? undefined
      : watchViews(stores, progress, stopping.signal, (trouble) =>
          trouble === undefined ? troubles.delete('views') : troubles.set('views', trouble),
        );
  const outdating =
    config.EVENTSTORE_URL === undefined
      ? undefined
      : inBackground({
          name: "look at others' events",
          work: () => outdate(events, core.ledger, startHead, stopping.signal),
        });

  const endRebuilds = stores.lease.isShared
    ? undefined
    : await answerRebuilds(stores, viewsDirectory(config.DATA_DIR)).catch((error: unknown) => {
        log.warn({ err: error }, 'verbatim rebuild cannot ask this server: stop the server first');
        return undefined;
      });

  const connections = Math.min(config.MAX_CONNECTIONS ?? Infinity, connectionsWithin(descriptorLimit()));
  let pushing: Promise<void> | undefined;
  if (config.ROLES.includes('api')) {
    const hub = createHub(services);
    const work = (onGoing: () => void) => hub.run(stopping.signal, onGoing);
    // Clients that would receive nothing from now on are asked to come back, perhaps to another server.
    const onStopped = () => void sockets?.close(CLOSE.tryLater);
    pushing = inBackground({ name: 'hub', work, onStopped });
    const most = Math.ceil(connections * SOCKETS);
    const limited = { ...services, config: { ...config, MAX_SOCKETS: Math.min(config.MAX_SOCKETS, most) } };
    sockets = createSockets(limited, hub, [nativeSocket(services, hub), ...socketsOf(dialects, services, hub)]);
  }

  // Who only projects still says how it fares.
  const http = sockets ? createHttp(services, mountsOf(dialects, services)) : createHttp(services, [], operationRoutes);
  const server = createGuardedServer(
    { connections, rate: config.MIN_RATE, stall: config.MAX_STALL * 1000 },
    http.callback(),
  );
  sockets?.attach(server);
  const endRequests = endingOf(server, DRAIN);
  const stop = async (waitFor: WaitFor): Promise<void> => {
    await Promise.all([waitFor('requests', endRequests()), waitFor('sockets', sockets?.close())]);
    stopping.abort();
    await Promise.all([
      waitFor('the projector', projecting),
      waitFor('a rebuild', endRebuilds?.()),
      waitFor('the look at the views', watching),
      waitFor("others' events", outdating),
      waitFor('the hub', pushing),
    ]);
    watched.stop();
    await waitFor('passwords', composed.close());
  };
  const close = async (waitFor: WaitFor): Promise<void> => {
    await stop(waitFor);
    await stores.close(waitFor);
  };
  try {
    const url = await listen(server, config.PORT, config.HOST);
    return {
      url,
      place: stores.place,
      services,
      failed: watched.failedSync,
      close: (deadline = CLOSING) => closeWithin(deadline, close),
    };
  } catch (error) {
    // What could not be started is what to say.
    await closeWithin(CLOSING, stop).catch(() => undefined);
    throw error;
  }
};

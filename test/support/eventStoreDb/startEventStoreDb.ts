// A stand-in for an EventStoreDB node: its Streams service over gRPC on a loopback port, on top of the embedded event
// store, with the node's unpleasant sides to be switched on. Durable: what it answered survives its death.

import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import gossipRpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsRpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';
import type { User } from './access.ts';
import { startLiveFeed } from './liveFeed.ts';
import { openNodeLog } from './nodeLog.ts';
import { streamsService } from './streamsService.ts';
import { clusterInfo, failure, supportedMethods } from './wire.ts';

/** Events that may wait for a live reader, as measured on a node. */
const LIVE_BUFFER = 32;
/** Milliseconds after which an append times out whose double is under way, as measured on a node. */
const DOUBLE_TIMEOUT = 2000;
const LARGEST_MESSAGE = 17 * 1024 * 1024;

export interface EventStoreDb {
  /** `esdb://…`, as the client takes it. */
  readonly url: string;
  close(): Promise<void>;
  /** Closes the port and resets every connection. */
  goAway(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  /** The next `appends` appends are done, and every connection is cut before their answers. */
  loseReplies(appends?: number): void;
  /** Every answer waits this long: milliseconds, 0 for none. */
  delayAnswers(milliseconds: number): void;
  /** Live readers are dropped beyond so many waiting events: 32 on a node, Infinity for never. */
  dropReadersBeyond(events: number): void;
  /** An append whose double is under way times out after so long: 2000 ms, as on a node. */
  timeOutDoublesAfter(milliseconds: number): void;
  /** Sets the node's clock before ours, or after it: it dates events by it, and knows by it which appends come too late. */
  setClockAhead(milliseconds: number): void;
  /** The node is one of a cluster: the members it knows, by their addresses, and the one of them that leads. */
  joinCluster(members: readonly string[], leader: string): void;
  /** The node has these users from now on; none: everybody may do everything. Clients send credentials over TLS only. */
  admitOnly(users: readonly User[]): void;
  /** The next `reads` reads and subscriptions fail, their connection does not. */
  failReads(code: status, details: string, reads?: number): void;
  /** Every subscription is refused for this reason, until the reason is undefined; all else goes on. */
  refuseSubscriptions(details: string | undefined): void;
  /** Live subscriptions stay open and get nothing, and all of it later; one that is made meanwhile gets it at once. */
  holdEvents(isHeld: boolean): void;
  /** How often it was asked about its cluster. */
  gossips(): number;
  /** Reads served so far, subscriptions included. */
  reads(): number;
  /** Ends every live subscription as if its reader had been too slow. */
  dropReaders(): void;
}

/** A certificate for 127.0.0.1 that nobody knows, and its key. */
const certificateFile = new URL('./certificate/certificate.pem', import.meta.url);
const keyFile = new URL('./certificate/key.pem', import.meta.url);

/** What a client needs to know the certificate of a stand-in with TLS, as a part of its address. */
export const KNOWS_CERTIFICATE = `tlsCAFile=${encodeURIComponent(fileURLToPath(certificateFile))}`;

interface Options {
  readonly file: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly tls?: boolean;
}

/** Starts a stand-in. */
export const startEventStoreDb = async ({ file, port = 0, tls = false }: Options): Promise<EventStoreDb> => {
  const secure = tls && { cert: await readFile(certificateFile), key: await readFile(keyFile), ALPNProtocols: ['h2'] };
  const stopped = new AbortController();
  const sockets = new Set<Socket>();
  let delay = 0;
  let lost = 0;
  let buffer = LIVE_BUFFER;
  let doubleTimeout = DOUBLE_TIMEOUT;
  let clockAhead = 0;
  let users: readonly User[] = [];
  let gossips = 0;
  let cluster = { members: [] as readonly string[], leader: '' };
  const failures: Error[] = [];
  let refusal: Error | undefined;

  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  const store = await openEmbeddedEventStore({ file });
  const now = (): number => Date.now() + clockAhead;
  const log = await openNodeLog(store, { now, doubleTimeout: () => doubleTimeout });
  const feed = await startLiveFeed(log, () => buffer, stopped.signal);
  const grpc = new Server({ 'grpc.max_receive_message_length': LARGEST_MESSAGE });
  const { reads, ...methods } = streamsService(log, feed, {
    async beforeAnswer(written) {
      if (delay > 0) await sleep(delay, undefined, { ref: false });
      if (!written || lost === 0) return true;
      lost -= 1;
      cut();
      return false;
    },
    now,
    users: () => users,
    failureOfRead: (isSubscription) => failures.shift() ?? (isSubscription ? refusal : undefined),
    leader: () => (cluster.leader === `127.0.0.1:${bound}` ? '' : cluster.leader),
  });
  grpc.addService(streamsRpc.StreamsService, methods);
  grpc.addService(serverFeatures.ServerFeaturesService, {
    getSupportedMethods: async (_call: unknown, answer: (error: null, methods: unknown) => void) => {
      if (delay > 0) await sleep(delay, undefined, { ref: false });
      answer(null, supportedMethods());
    },
  });

  grpc.addService(gossipRpc.GossipService, {
    read: async (_call: unknown, answer: (error: null, info: unknown) => void) => {
      gossips += 1;
      if (delay > 0) await sleep(delay, undefined, { ref: false });
      answer(null, clusterInfo(cluster.members, cluster.leader));
    },
  });

  // Sockets are accepted here and handed over, so that they can be reset: a gRPC server only closes politely.
  const connections = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const inject = (socket: Socket): void => connections.injectConnection(socket);
  const listener = secure ? createTlsServer(secure, inject) : createServer(inject);
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
  });
  const listen = async (at: number): Promise<number> => {
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(at, '127.0.0.1', () => {
        listener.off('error', reject);
        resolve();
      });
    });
    const address = listener.address();
    return typeof address === 'object' && address ? address.port : at;
  };
  const goAway = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      listener.close(() => resolve());
    });
    cut();
    await closed;
  };
  const bound = await listen(port);

  return {
    url: `esdb://127.0.0.1:${bound}?tls=${tls}`,
    goAway,
    async comeBack() {
      await listen(bound);
    },
    loseReplies(appends = 1) {
      lost = appends;
    },
    delayAnswers(milliseconds) {
      delay = milliseconds;
    },
    dropReadersBeyond(events) {
      buffer = events;
    },
    timeOutDoublesAfter(milliseconds) {
      doubleTimeout = milliseconds;
    },
    setClockAhead(milliseconds) {
      clockAhead = milliseconds;
    },
    joinCluster(members, leader) {
      cluster = { members, leader };
    },
    admitOnly(admitted) {
      users = admitted;
    },
    failReads(code, details, reads = 1) {
      failures.push(...Array.from({ length: reads }, () => failure(code, details)));
    },
    refuseSubscriptions(details) {
      refusal = details === undefined ? undefined : failure(status.RESOURCE_EXHAUSTED, details);
      if (refusal) feed.dropAll();
    },
    holdEvents: (isHeld) => feed.hold(isHeld),
    reads,
    gossips: () => gossips,
    dropReaders: () => feed.dropAll(),
    async close() {
      stopped.abort();
      await goAway();
      grpc.forceShutdown();
      await store.close();
    },
  };
};

// Limits on connections: how many there are, which ones the server closes when it is full, how slow a client may be,
// and one request at a time on each.

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { createOutputBudget, type OutputBudget } from '../limits/outputBudget.ts';
import { Connection, type ConnectionLimits, type Shared } from './connection.ts';
import { makeRoom } from './makeRoom.ts';

/**
 * Milliseconds. Node's limit for a whole request would cut a slow honest upload: `rate` replaces it. All deadlines together
 * let no slow client hold a connection for two minutes.
 */
const NODE_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
} as const;

/** What Node says of a request that it cannot read, as a status; anything else is 400. */
const unreadable: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

interface Options {
  readonly deadlines?:
    | Partial<Record<'headersTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval', number>>
    | undefined;
  /** Called when a client got this status for what is no request. */
  readonly onUnreadable?: (status: number) => void;
  /** Of what waits for all clients. Default: without a bound. */
  readonly output?: OutputBudget;
}

const UNBOUNDED = { MAX_BUFFERED: Infinity, MAX_BUFFER: Infinity };
const DROP = 'drop';

/** Ends the answers of a guarded server that wait for their clients: what they say was erased, or may have been. */
export const dropWaiting = (server: Server): void => void server.emit(DROP);

/** An HTTP server in which one client cannot take the place, the time or the descriptors of others. */
export const createGuardedServer = (
  limits: ConnectionLimits,
  handler: RequestListener,
  { deadlines, onUnreadable = () => undefined, output = createOutputBudget(UNBOUNDED) }: Options = {},
): Server => {
  const connections = new Map<Socket, Connection>();
  const shared: Shared = { handler, mostWaiting: limits.waiting ?? 10_000, waiting: 0, output };

  /** Only WebSocket is an upgrade. The server may ignore a request for any other protocol (RFC 9110, 7.8). */
  const shouldUpgradeCallback = ({ method, headers, socket }: IncomingMessage): boolean => {
    const connection = connections.get(socket);
    if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false;
    if (connection === undefined || connection.isAnswering || server.listenerCount('upgrade') === 0) return false;
    connection.isUpgraded = true;
    return true;
  };

  const accept = (socket: Socket): void => {
    // Node keeps what it says now. Later the system no longer knows the address of a client that has gone, and whatever this one
    // asked for would count for nobody.
    if (socket.remoteAddress === undefined) return void socket.destroy();
    const connection = new Connection(socket, shared);
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      connection.closed();
    });
    // Keep one place free: a newcomer must be accepted before it can be refused.
    if (connections.size >= limits.connections && !makeRoom([...connections.values()], connection, limits))
      connection.turnAway();
  };

  const refuse = (socket: Socket, status: number): void => {
    // A browser opens connections ahead of its requests, and need not send any.
    const isSilent = socket.bytesRead === 0;
    if (connections.get(socket)?.refuse(status) && !isSilent) onUnreadable(status);
  };

  const every = Math.min(1000, limits.stall / 4);
  let lookedAt = performance.now();
  const endSlow = (): void => {
    const now = performance.now();
    const blocked = Math.max(0, now - lookedAt - 2 * every);
    lookedAt = now;
    output.look();
    for (const connection of connections.values()) {
      connection.excuse(blocked);
      connection.noteWaiting();
      const since = connection.owedSince(now, limits);
      if (since !== undefined && connection.isInRequest && now - since > limits.stall)
        connection.end('request-too-slow');
    }
  };

  const server = createServer({ ...NODE_LIMITS, ...deadlines, shouldUpgradeCallback }, (req, res) =>
    // Undefined: the connection has just closed.
    connections.get(req.socket)?.asked(req, res),
  );
  if (Number.isFinite(limits.connections)) server.maxConnections = limits.connections;
  server.on('connection', accept);
  // Node would answer these itself, and nobody would learn of it.
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Socket) => {
    if (code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else refuse(socket, unreadable[code] ?? 400);
  });
  server.on('connect', (_, socket: Socket) => refuse(socket, 405));
  // An expectation that is unknown may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  const looking = setInterval(endSlow, every).unref();
  server.on('close', () => clearInterval(looking));
  server.on(DROP, () => {
    for (const connection of connections.values()) connection.dropWaiting();
  });
  return server;
};

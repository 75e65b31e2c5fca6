// Limits on connections: how many there are, which ones the server closes when it is full, how slow a client may be,
// and one request at a time on each.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EdgeCode } from './failureCodes.ts';
import { problemRefusal, refuse } from './refuse.ts';

export interface ConnectionLimits {
  /** Open connections at most. */
  readonly connections: number;
  /** Bytes a second that a client must move while it sends a body or reads an answer. */
  readonly rate: number;
  /** Milliseconds that a client may fall behind this rate. */
  readonly stall: number;
  /** Pipelined requests that may wait on all connections together; default 10,000. */
  readonly waiting?: number;
}

/** Milliseconds. Node's limit for a whole request would cut a slow honest upload: `rate` replaces it. */
const NODE_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
} as const;

/** Pipelined requests: one connection may always have `each` waiting; `all` is the default for all together. */
const WAITING = { each: 16, all: 10_000 } as const;

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Shared by all connections. */
interface Shared {
  readonly handler: RequestListener;
  readonly mostWaiting: number;
  /** Pipelined requests that wait now. */
  waiting: number;
}

class Connection {
  readonly socket: Socket;
  readonly #shared: Shared;
  /** The request in work; undefined once its answer has left. */
  #current: Exchange | undefined;
  /** The last request, while its body may still arrive. */
  #coming: IncomingMessage | undefined;
  #waiting: Exchange[] | undefined;
  #isOver: boolean = false;
  isUpgraded: boolean = false;
  /** The client has earned its place until this moment, by `performance.now()`. */
  #earned = performance.now();
  #moved = 0;

  constructor(socket: Socket, shared: Shared) {
    this.socket = socket;
    this.#shared = shared;
  }

  get isAnswering(): boolean {
    return this.#current !== undefined;
  }

  /** Does the connection wait for the client, to send or to read? */
  get #isClients(): boolean {
    if (this.isUpgraded) return false;
    if (this.socket.writableLength > 0) return true;
    if (this.#isBodyMissing) return true;
    return this.#current === undefined;
  }

  /** False while the server is slow to read a body that has arrived: that is not the client's fault. */
  get #isBodyMissing(): boolean {
    return this.#coming !== undefined && !this.#coming.complete && this.#coming.readableLength === 0;
  }

  /**
   * Since when the client is behind. Undefined: it is not. Each byte that moves earns time, and the client may save up
   * to `stall` of it: the server does not close a client that sends well and pauses in favour of a newcomer.
   */
  owedSince(now: number, { rate, stall }: ConnectionLimits): number | undefined {
    const { bytesRead, bytesWritten, writableLength } = this.socket;
    const moved = bytesRead + bytesWritten - writableLength;
    const isClients = this.#isClients;
    const ahead = this.#earned + ((moved - this.#moved) / rate) * 1000;
    this.#earned = isClients ? Math.min(now + stall, ahead) : Math.max(now, this.#earned);
    this.#moved = moved;
    return isClients ? this.#earned : undefined;
  }

  /** Between two requests Node's own limits apply. */
  get isInRequest(): boolean {
    return this.#current !== undefined || this.#isBodyMissing;
  }

  asked(req: IncomingMessage, res: ServerResponse): void {
    if (this.#isOver) return;
    if (this.#current === undefined) this.#take({ req, res });
    else this.#wait({ req, res });
  }

  #take(exchange: Exchange): void {
    this.#current = exchange;
    this.#coming = exchange.req;
    this.#earned = performance.now();
    exchange.res.on('close', this.#answered);
    this.#shared.handler(exchange.req, exchange.res);
  }

  /**
   * Node parses everything that one read returned, so a few requests may queue. Read no more until they are answered.
   */
  #wait(exchange: Exchange): void {
    if (this.#waiting === undefined) {
      this.#waiting = [];
      // Node resumes the connection when the body of the current request is read.
      this.socket.on('resume', () => {
        if (this.#waiting!.length > 0) this.socket.pause();
      });
    }
    if (this.#waiting.length >= WAITING.each && this.#shared.waiting >= this.#shared.mostWaiting) {
      this.socket.destroy();
      return;
    }
    this.#waiting.push(exchange);
    this.#shared.waiting++;
    this.socket.pause();
  }

  /** The system took the whole answer. A client that does not read its answer gets no further one. */
  readonly #answered = (): void => {
    this.#earned = performance.now();
    this.#current = undefined;
    if (this.#coming?.complete === true) this.#coming = undefined;
    if (this.#waiting === undefined || !this.socket.writable) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.socket.resume();
      return;
    }
    this.#shared.waiting--;
    this.#current = next;
    // Later: else the requests of one connection would delay those of all others.
    setImmediate(() => {
      if (!this.socket.destroyed) this.#take(next);
    });
  };

  /** Closes the connection, with an answer that says why where one can still be sent. */
  end(code: EdgeCode): void {
    this.#isOver = true;
    if (this.#current !== undefined && !this.#current.res.headersSent) refuse(this.socket, problemRefusal(code));
    else this.socket.destroy();
  }

  /** Closes the connection before its first request. */
  turnAway(): void {
    this.#isOver = true;
    refuse(this.socket, problemRefusal('busy'));
  }

  closed(): void {
    this.#isOver = true;
    this.#shared.waiting -= this.#waiting?.length ?? 0;
    this.#waiting = undefined;
  }
}

/** An HTTP server in which one client cannot take the place, the time or the descriptors of others. */
export const createGuardedServer = (limits: ConnectionLimits, handler: RequestListener): Server => {
  const connections = new Map<Socket, Connection>();
  const shared: Shared = { handler, mostWaiting: limits.waiting ?? WAITING.all, waiting: 0 };

  /** Only WebSocket is an upgrade. The server may ignore a request for any other protocol (RFC 9110, 7.8). */
  const shouldUpgradeCallback = ({ method, headers, socket }: IncomingMessage): boolean => {
    const connection = connections.get(socket);
    if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false;
    if (connection === undefined || connection.isAnswering || server.listenerCount('upgrade') === 0) return false;
    connection.isUpgraded = true;
    return true;
  };

  /**
   * Finds the address with most slow connections and closes those that are furthest behind: what one client holds costs
   * others nothing. Closes several at once where there are many, so that a flood does not scan all of them each time.
   */
  const makeRoom = (newcomer: Connection): boolean => {
    const now = performance.now();
    const owing = [...connections.values()].flatMap((connection) => {
      const since = connection === newcomer ? undefined : connection.owedSince(now, limits);
      return since === undefined ? [] : [{ connection, since }];
    });
    const ofAddress = Map.groupBy(owing, ({ connection }) => connection.socket.remoteAddress);
    const [most = []] = [...ofAddress.values()].toSorted((a, b) => b.length - a.length);
    const slowest = most.toSorted((a, b) => a.since - b.since).slice(0, Math.ceil(most.length / 64));
    for (const { connection } of slowest) connection.end('busy');
    return slowest.length > 0;
  };

  const accept = (socket: Socket): void => {
    const connection = new Connection(socket, shared);
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      connection.closed();
    });
    // Keep one place free: a newcomer must be accepted before it can be refused.
    if (connections.size >= limits.connections && !makeRoom(connection)) connection.turnAway();
  };

  const endSlow = (): void => {
    const now = performance.now();
    for (const connection of connections.values()) {
      const since = connection.owedSince(now, limits);
      if (since !== undefined && connection.isInRequest && now - since > limits.stall)
        connection.end('request-too-slow');
    }
  };

  const server = createServer({ ...NODE_LIMITS, shouldUpgradeCallback }, (req, res) =>
    // Undefined: the connection has just closed.
    connections.get(req.socket)?.asked(req, res),
  );
  if (Number.isFinite(limits.connections)) server.maxConnections = limits.connections;
  server.on('connection', accept);
  const looking = setInterval(endSlow, Math.min(1000, limits.stall / 4)).unref();
  server.on('close', () => clearInterval(looking));
  return server;
};

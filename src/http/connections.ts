// The server's connections: how many there may be, which of them make room, how slow a client may be, and one request
// of each at a time.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EdgeCode } from '../api/failureCodes.ts';
import { rawProblem, respondRaw } from '../api/rawResponse.ts';

export interface ConnectionLimits {
  /** Connections at once. */
  readonly connections: number;
  /** Bytes a second that a client must move while it sends a body or reads an answer. */
  readonly rate: number;
  /** Milliseconds by which it may fall behind. */
  readonly stall: number;
  /** Requests that may wait for the answers before them, of all connections together; default 10,000. */
  readonly waiting?: number;
}

/** How long headers and an idle connection may take, in milliseconds. Node's limit for a whole request would cut a slow honest upload: `rate` takes its place. */
const NODE_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
} as const;

/** Requests of one connection that may always wait, and default of all together. */
const WAITING = { each: 16, all: 10_000 } as const;

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** What all connections have in common. */
interface Shared {
  readonly handler: RequestListener;
  readonly mostWaiting: number;
  /** Requests of all that wait for the answers before them. */
  waiting: number;
}

class Connection {
  readonly socket: Socket;
  readonly #shared: Shared;
  /** Taken up, its answer not gone yet. */
  #current: Exchange | undefined;
  /** The last request, as long as its body may still come. */
  #coming: IncomingMessage | undefined;
  #waiting: Exchange[] | undefined;
  #isOver: boolean = false;
  isUpgraded: boolean = false;
  /** By `performance.now()`: up to here the client has earned its place. */
  #earned = performance.now();
  #moved = 0;

  constructor(socket: Socket, shared: Shared) {
    this.socket = socket;
    this.#shared = shared;
  }

  get isAnswering(): boolean {
    return this.#current !== undefined;
  }

  /** Is it the client's turn: to send, or to read? */
  get #isClients(): boolean {
    if (this.isUpgraded) return false;
    if (this.socket.writableLength > 0) return true;
    if (this.#isBodyMissing) return true;
    return this.#current === undefined;
  }

  /** A body that waits to be read here is not the client's fault. */
  get #isBodyMissing(): boolean {
    return this.#coming !== undefined && !this.#coming.complete && this.#coming.readableLength === 0;
  }

  /**
   * Every byte moved earns time, and `stall` of it may be kept: a client that sends well and pauses does not make room
   * for those that have only just come. Undefined: the client owes nothing.
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

  /** Between two requests Node's own limits hold. */
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

  /** Node has parsed all that came in one read, so a few requests may wait; no more is read until they are answered. */
  #wait(exchange: Exchange): void {
    if (this.#waiting === undefined) {
      this.#waiting = [];
      // Reading the body of the current request makes Node resume the connection.
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

  /** The answer has gone, as far as the system took it: a client that does not read gets no further one. */
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
    // Not at once: the requests of one connection would hold up those of all others.
    setImmediate(() => {
      if (!this.socket.destroyed) this.#take(next);
    });
  };

  /** Ends it, saying why where an answer can still be given. */
  end(code: EdgeCode): void {
    this.#isOver = true;
    if (this.#current !== undefined && !this.#current.res.headersSent) respondRaw(this.socket, rawProblem(code));
    else this.socket.destroy();
  }

  /** Ends it before anything was asked. */
  turnAway(): void {
    this.#isOver = true;
    respondRaw(this.socket, rawProblem('busy'));
  }

  closed(): void {
    this.#isOver = true;
    this.#shared.waiting -= this.#waiting?.length ?? 0;
    this.#waiting = undefined;
  }
}

/** An HTTP server that no client can fill, stall or hold up for others. */
export const createGuardedServer = (limits: ConnectionLimits, handler: RequestListener): Server => {
  const connections = new Map<Socket, Connection>();
  const shared: Shared = { handler, mostWaiting: limits.waiting ?? WAITING.all, waiting: 0 };

  /** Only WebSocket is an upgrade; a request to go on in any other protocol may be answered in this one (RFC 9110, 7.8). */
  const shouldUpgradeCallback = ({ method, headers, socket }: IncomingMessage): boolean => {
    const connection = connections.get(socket);
    if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false;
    if (connection === undefined || connection.isAnswering || server.listenerCount('upgrade') === 0) return false;
    connection.isUpgraded = true;
    return true;
  };

  /**
   * Ends the connections whose clients are furthest behind, of the address that has most of them: what one client holds
   * costs others nothing. Several at once where there are many, so that a flood does not look at all of them each time.
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
    // One less than there may be: the next one must get in to be heard.
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
    // A request of a connection that has just closed asks for nothing.
    connections.get(req.socket)?.asked(req, res),
  );
  if (Number.isFinite(limits.connections)) server.maxConnections = limits.connections;
  server.on('connection', accept);
  const looking = setInterval(endSlow, Math.min(1000, limits.stall / 4)).unref();
  server.on('close', () => clearInterval(looking));
  return server;
};

// Sockets on the HTTP server: which path is whose, who may come in, and how all of them end.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { failureOf } from '../api/failures.ts';
import { rawProblem, respondRaw } from '../api/rawResponse.ts';
import type { Services } from '../services.ts';
import { Connection, type Shared, type SocketHandler } from './connection.ts';
import { Holdings } from './holdings.ts';
import type { Hub } from './hub.ts';
import { TooManySockets } from './hub.ts';
import { createOriginRule } from './origin.ts';
import { CLOSE } from './protocol.ts';
import { cookieIn, type Handshake, type SocketMount } from './socketMount.ts';
import { type Params, patternOf, type Target, targetOf } from './target.ts';
import { createTurnstile } from './turnstile.ts';

export type { Handshake, SocketMount } from './socketMount.ts';

export interface SocketOptions {
  /** Milliseconds between two pings. */
  readonly heartbeat?: number;
  /** Milliseconds a socket may stay without signing in. */
  readonly signInWithin?: number;
  /** Milliseconds by which a message that has begun may be behind the least pace. */
  readonly patience?: number;
}

export interface Sockets {
  /** Open, or being opened. */
  readonly size: number;
  /** Bytes of messages that have begun, wait, or are in work. */
  readonly underWay: number;
  attach(server: Server): void;
  /** Takes no more sockets and frames, closes all once the frames in work are answered, and waits a little for that. */
  close(code?: number): Promise<void>;
}

const HEARTBEAT = 30_000;
const SIGN_IN_WITHIN = 10_000;
/** Sockets of one address that have not signed in. */
const STRANGERS = 500;
const TICK = 500;
/** How long a peer may take to answer a close, in milliseconds. */
const CLOSING = 3000;
const OPENING = 15_000;
const PATIENCE = 20_000;
/** Bytes of messages under way from all sockets of one address that have not signed in. */
const STRANGERS_HOLD = 4 * 1024 * 1024;
/** Large frames that are carried out at once. */
const LARGE_AT_ONCE = 2;

export const createSockets = (
  services: Pick<Services, 'config' | 'log'> & { readonly core: Pick<Services['core'], 'now'> },
  hub: Hub,
  mounts: readonly SocketMount[],
  options: SocketOptions = {},
): Sockets => {
  const { config, core, log } = services;
  const { signInWithin = SIGN_IN_WITHIN } = options;
  const { heartbeat = HEARTBEAT, patience = PATIENCE } = options;
  // Somebody may send two of the largest messages at once.
  const account = 2 * Math.max(...mounts.map(({ maxPayload }) => maxPayload));
  const shared: Shared = {
    hub,
    log,
    now: core.now,
    buffer: config.MAX_BUFFER,
    heartbeat,
    patience,
    holdings: new Holdings({ all: Math.max(config.MAX_UNDER_WAY, account), account, address: STRANGERS_HOLD }),
    inTurn: createTurnstile(LARGE_AT_ONCE),
    running: 0,
  };
  const isAllowed = createOriginRule(config);
  const connections = new Set<Connection>();
  const strangers = new Set<Connection>();
  /** By WebSocket, and by the socket under it. */
  const connectionOf = new Map<object, Connection>();
  const table = mounts.map((mount) => ({ mount, match: patternOf(mount.path), upgrader: upgraderOf(mount) }));
  let isClosing = false;
  let ticking: NodeJS.Timeout | undefined;
  let tickedAt = performance.now();

  // Shared by all sockets: a closure each would be most of what a socket costs beside itself.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    connectionOf.get(this)?.received(data as Buffer, isBinary);
  }
  function onBytes(this: Duplex, chunk: Buffer): void {
    connectionOf.get(this)?.came(chunk);
  }
  function onPing(this: WebSocket): void {
    connectionOf.get(this)?.pinged();
  }
  function onClose(this: WebSocket): void {
    const connection = connectionOf.get(this);
    connectionOf.delete(this);
    if (connection) gone(connection);
  }

  const gone = (connection: Connection): void => {
    connections.delete(connection);
    connectionOf.delete(connection.socket);
    strangers.delete(connection);
    connection.closed();
  };

  const opened = (connection: Connection, ws: WebSocket): void => {
    connectionOf.set(ws, connection);
    connectionOf.set(connection.socket, connection);
    connection.socket.prependListener('data', onBytes); // before the library, which may find a whole message in it
    ws.on('error', ignore); // a broken frame: the library closes with the code for it
    ws.on('message', onMessage);
    ws.on('ping', onPing);
    ws.on('pong', onPing);
    ws.on('close', onClose);
    connection.opened(ws);
  };

  /** Lets a socket in that has yet to sign in; false: too many of its address have. */
  const admitStranger = (connection: Connection): boolean => {
    let alike = 0;
    for (const stranger of strangers) if (stranger.address === connection.address) alike++;
    if (alike >= STRANGERS) return false;
    strangers.add(connection);
    connection.endsIn(signInWithin);
    return true;
  };

  const open = async (
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { handler, upgrader }: { handler: SocketHandler; upgrader: WebSocketServer },
  ): Promise<void> => {
    const connection = new Connection(shared, handler, socket);
    connections.add(connection);
    const abandoned = (): void => gone(connection);
    socket.once('close', abandoned);
    try {
      await handler.open(connection);
      if (connection.endCode !== undefined || isClosing)
        respondRaw(socket, { status: connection.endCode === CLOSE.signedOut ? 401 : 503 });
      else if (connection.listener === undefined && !admitStranger(connection)) respondRaw(socket, { status: 429 });
      else {
        upgrader.handleUpgrade(req, socket, head, (ws) => {
          socket.off('close', abandoned);
          socket.off('error', destroyed); // the library listens now
          opened(connection, ws);
        });
        return;
      }
      gone(connection);
    } catch (error) {
      gone(connection);
      throw error;
    }
  };

  const handshakeOf = ({ headers }: IncomingMessage, { query }: Target, params: Params): Handshake => ({
    params,
    query,
    headers,
    cookie: (name) =>
      headers.origin !== undefined && isAllowed(headers.origin, headers.host)
        ? cookieIn(headers.cookie ?? '', name)
        : undefined,
  });

  const admit = async (req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const target = targetOf(req.url ?? '');
    if (target === undefined) return respondRaw(socket, { status: 400 });
    if (isClosing || connections.size >= config.MAX_SOCKETS) return respondRaw(socket, { status: 503 });
    for (const { mount, match, upgrader } of table) {
      const params = match(target.segments);
      if (params === undefined) continue;
      if (!mount.anyOrigin && !isAllowed(req.headers.origin, req.headers.host))
        return respondRaw(socket, { status: 403 });
      const admitted = await mount.admit(handshakeOf(req, target, params));
      if ('status' in admitted) return respondRaw(socket, admitted);
      return open(req, socket, head, { handler: admitted, upgrader });
    }
    respondRaw(socket, { status: 404 });
  };

  const onUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', destroyed);
    const forced = setTimeout(() => socket.destroy(), OPENING);
    admit(req, socket, head)
      .catch((error: unknown) => refuseFor(socket, error))
      .finally(() => clearTimeout(forced));
  };

  const refuseFor = (socket: Duplex, error: unknown): void => {
    if (error instanceof TooManySockets) {
      respondRaw(socket, { status: 429 });
      return;
    }
    const { code } = failureOf(error);
    if (code === 'internal') log.error({ err: error }, 'a socket could not be opened');
    respondRaw(socket, rawProblem(code));
  };

  const tick = (): void => {
    const now = performance.now();
    // While the process itself stood still nothing could come.
    const elapsed = Math.min(now - tickedAt, 2 * TICK);
    tickedAt = now;
    for (const connection of connections) connection.tick(now, elapsed);
    for (const stranger of strangers) if (stranger.listener !== undefined) strangers.delete(stranger);
  };

  return {
    get size(): number {
      return connections.size;
    },
    get underWay(): number {
      return shared.holdings.all;
    },
    attach: (server) => {
      server.on('upgrade', onUpgrade);
      ticking ??= setInterval(tick, Math.min(TICK, heartbeat / 4));
    },
    close: async (code = CLOSE.restart) => {
      isClosing = true;
      for (const connection of connections) connection.finish(code);
      const patience = performance.now() + CLOSING;
      while ((connections.size > 0 || shared.running > 0) && performance.now() < patience) await pause(10);
      for (const connection of connections) connection.terminate();
      clearInterval(ticking);
    },
  };
};

/** An upgraded socket whose errors nobody listens to would end the process. */
function destroyed(this: Duplex): void {
  this.destroy();
}

const ignore = (): void => undefined;
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const upgraderOf = ({ maxPayload, subprotocol, anySubprotocol }: SocketMount): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory on every socket, and tells secrets apart by their length.
    perMessageDeflate: false,
    maxPayload,
    maxFragments: 1024,
    maxBufferedChunks: Math.max(4096, Math.ceil(maxPayload / 256)),
    closeTimeout: CLOSING,
    // The library would choose the first one offered.
    handleProtocols: (offered) => {
      if (anySubprotocol) return [...offered][0] ?? false;
      return subprotocol !== undefined && offered.has(subprotocol) ? subprotocol : false;
    },
  } as ConstructorParameters<typeof WebSocketServer>[0]);

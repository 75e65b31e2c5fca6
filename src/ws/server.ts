// The sockets of an HTTP server: how many may be open, how they begin, and how all of them end.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import { failureOf } from '../api/failures.ts';
import { type RawResponse, rawProblem, respondRaw } from '../api/rawResponse.ts';
import type { Services } from '../services.ts';
import { CLOSING, createAdmission } from './admission.ts';
import { Connection, type ConnectionContext, type SocketHandler } from './connection.ts';
import { createConcurrencyLimit } from './flow/concurrencyLimit.ts';
import { MemoryBudget } from './flow/memoryBudget.ts';
import { type Hub, TooManySockets } from './hub.ts';
import { CLOSE } from './protocol.ts';
import type { SocketMount } from './socketMount.ts';
import { parsePath } from './socketPath.ts';

export type { Handshake, SocketMount } from './socketMount.ts';

export interface SocketOptions extends Partial<Pick<ConnectionContext, 'heartbeat' | 'patience'>> {
  /** Milliseconds a socket may stay without signing in. */
  readonly signInWithin?: number;
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
  { heartbeat = HEARTBEAT, signInWithin = SIGN_IN_WITHIN, patience = PATIENCE }: SocketOptions = {},
): Sockets => {
  const { config, core, log } = services;
  // A client may send two of the largest messages at once.
  const account = 2 * Math.max(...mounts.map(({ maxPayload }) => maxPayload));
  const context: ConnectionContext = {
    hub,
    log,
    now: core.now,
    buffer: config.MAX_BUFFER,
    heartbeat,
    patience,
    memory: new MemoryBudget({ all: Math.max(config.MAX_UNDER_WAY, account), account, address: STRANGERS_HOLD }),
    limited: createConcurrencyLimit(LARGE_AT_ONCE),
    running: 0,
  };
  const admission = createAdmission(config, mounts);
  const connections = new Set<Connection>();
  const strangers = new Set<Connection>();
  /** By WebSocket, and by the socket under it. */
  const connectionOf = new Map<object, Connection>();
  let isClosing = false;
  let ticking: NodeJS.Timeout | undefined;
  let tickedAt = performance.now();

  // Shared by all sockets: a closure each would be most of what a socket costs beside itself.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    connectionOf.get(this)?.receiver.receive(data as Buffer, isBinary);
  }
  function onBytes(this: Duplex, chunk: Buffer): void {
    connectionOf.get(this)?.receiveBytes(chunk);
  }
  function onPing(this: WebSocket): void {
    connectionOf.get(this)?.receiver.receivePing();
  }
  function onClose(this: WebSocket): void {
    const connection = connectionOf.get(this);
    connectionOf.delete(this);
    if (connection) forget(connection);
  }

  const forget = (connection: Connection): void => {
    connections.delete(connection);
    connectionOf.delete(connection.socket);
    strangers.delete(connection);
    connection.closed();
  };

  const onOpen = (connection: Connection, ws: WebSocket): void => {
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

  /** Why a socket must not be opened, whose handler is ready for it. */
  const refusalOf = (connection: Connection): RawResponse | undefined => {
    if (connection.endCode === CLOSE.signedOut) return { status: 401 };
    if (connection.endCode !== undefined || isClosing) return { status: 503 };
    return connection.subscriber === undefined && !admitStranger(connection) ? { status: 429 } : undefined;
  };

  const open = async (
    socket: Duplex,
    handler: SocketHandler,
    upgrade: (onUpgraded: (ws: WebSocket) => void) => void,
  ): Promise<void> => {
    const connection = new Connection(context, handler, socket);
    connections.add(connection);
    const abandoned = (): void => forget(connection);
    socket.once('close', abandoned);
    try {
      await handler.open(connection);
      const refusal = refusalOf(connection);
      if (refusal === undefined) {
        upgrade((ws) => {
          socket.off('close', abandoned);
          socket.off('error', destroyed); // the library listens now
          onOpen(connection, ws);
        });
        return;
      }
      respondRaw(socket, refusal);
      forget(connection);
    } catch (error) {
      forget(connection);
      throw error;
    }
  };

  const admit = async (req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const path = parsePath(req.url ?? '');
    if (path === undefined) return respondRaw(socket, { status: 400 });
    if (isClosing || connections.size >= config.MAX_SOCKETS) return respondRaw(socket, { status: 503 });
    const admitted = await admission(path, req.headers);
    if ('status' in admitted) return respondRaw(socket, admitted);
    const { handler, server } = admitted;
    await open(socket, handler, (onUpgraded) => server.handleUpgrade(req, socket, head, onUpgraded));
  };

  const onUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', destroyed);
    const forced = setTimeout(() => socket.destroy(), OPENING);
    admit(req, socket, head)
      .catch((error: unknown) => respondRaw(socket, responseFor(error)))
      .finally(() => clearTimeout(forced));
  };

  const responseFor = (error: unknown): RawResponse => {
    if (error instanceof TooManySockets) return { status: 429 };
    const { code } = failureOf(error);
    if (code === 'internal') log.error({ err: error }, 'a socket could not be opened');
    return rawProblem(code);
  };

  const tick = (): void => {
    const now = performance.now();
    // While the process itself stood still nothing could come.
    const elapsed = Math.min(now - tickedAt, 2 * TICK);
    tickedAt = now;
    for (const connection of connections) connection.tick(now, elapsed);
    for (const stranger of strangers) if (stranger.subscriber !== undefined) strangers.delete(stranger);
  };

  return {
    get size(): number {
      return connections.size;
    },
    get underWay(): number {
      return context.memory.all;
    },
    attach: (server) => {
      server.on('upgrade', onUpgrade);
      ticking ??= setInterval(tick, Math.min(TICK, heartbeat / 4));
    },
    close: async (code = CLOSE.restart) => {
      isClosing = true;
      for (const connection of connections) connection.receiver.finish(code);
      const end = performance.now() + CLOSING;
      while ((connections.size > 0 || context.running > 0) && performance.now() < end) await delay(10);
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

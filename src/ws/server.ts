// The sockets of an HTTP server: how many may be open, how they begin, and how all of them end.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocketServer } from 'ws';
import { createRequestIds, writeEnded } from '../api/accessLog.ts';
import { failureOf } from '../api/failures.ts';
import { type RawResponse, rawProblem, respondRaw } from '../api/rawResponse.ts';
import { TooManyRequests } from '../limits/limits.ts';
import type { Services } from '../services.ts';
import { type Admitted, CLOSING, createAdmission, type Found, parsePath } from './admission.ts';
import { createAnonymous } from './anonymous.ts';
import { Connection, type ConnectionContext } from './connection.ts';
import { createTurnShare } from './flow/turnShare.ts';
import { type Hub, TooManySockets } from './hub.ts';
import { limitsOfSockets } from './limitsOfSockets.ts';
import { createOpenSockets } from './openSockets.ts';
import { CLOSE } from './protocol.ts';
import type { SocketMount } from './socketMount.ts';

export interface SocketOptions extends Partial<Pick<ConnectionContext, 'heartbeat' | 'patience'>> {
  /** Milliseconds that a socket may stay open without a sign-in. */
  readonly signInWithin?: number;
}

export type Sockets = ReturnType<typeof createSockets>;

/** Milliseconds between two looks at all sockets, at most. */
const TICK = 500;
/** Milliseconds that a handshake may take. */
const OPENING = 15_000;
/** Milliseconds of each turn of the event loop that handshakes may take: after a restart all clients come at once. */
const SHARE = 1;
/** A credential that is none, and a page of another site. */
const refusedWith: Readonly<Record<number, 'signed-out' | 'not-permitted'>> = {
  401: 'signed-out',
  403: 'not-permitted',
};

export const createSockets = (
  services: Services,
  hub: Hub,
  mounts: readonly SocketMount[],
  { heartbeat = 30_000, signInWithin = 10_000, patience = 20_000 }: SocketOptions = {},
) => {
  const { config, core, log, output, addressOf } = services;
  const context: ConnectionContext = {
    ...limitsOfSockets(services, mounts),
    hub,
    log,
    now: core.now,
    heartbeat,
    patience,
    running: 0,
  };
  const share = createTurnShare(SHARE);
  const mountAt = createAdmission(config, mounts);
  const requestIdOf = createRequestIds(core.newId());
  const anonymous = createAnonymous(config.MAX_ADDRESS_SOCKETS);
  const open = createOpenSockets(anonymous);
  /** Handshakes whose credentials are checked: each has its place already. */
  let checking = 0;
  let isClosing = false;
  const every = Math.min(TICK, heartbeat / 4);
  let ticking: NodeJS.Timeout | undefined;
  let tickedAt = performance.now();

  /** Why a socket must not be opened, though its handler would. A socket without a sign-in gets some time for it. */
  const refusalOf = (connection: Connection): RawResponse | undefined => {
    if (connection.endCode === CLOSE.signedOut) return { status: 401 };
    if (connection.endCode !== undefined || isClosing) return { status: 503 };
    if (connection.account !== null) return undefined;
    if (!anonymous.add(connection)) return { status: 429 };
    if (connection.subscriber === undefined) connection.endsIn(signInWithin);
    return undefined;
  };

  /** Opens a socket. @returns why not, or undefined. @throws what the mount throws */
  const admit = async (
    found: Found | RawResponse,
    ...[req, socket, head]: [IncomingMessage, Duplex, Buffer]
  ): Promise<RawResponse | undefined> => {
    const address = addressOf(req);
    const client = { address, actorId: null };
    core.limits.count({ sockets: 1 }, client);
    if ('status' in found) return found;
    const isFull = open.all.size + checking >= config.MAX_SOCKETS;
    if (isClosing || (isFull && !anonymous.makeRoomFor(address))) return { status: 503 };
    checking++;
    const admitted = await share(() => found.admit({ headers: req.headers, address })).finally(() => checking--);
    if ('status' in admitted) return admitted;
    const { handler } = admitted;
    const connection = new Connection(context, handler, socket, address);
    open.opening(connection);
    const abandoned = (): void => open.forget(connection);
    socket.once('close', abandoned);
    try {
      if (!socket.destroyed) await share(() => handler.open(connection));
      if (socket.destroyed) {
        // Its `close` may have come before anybody listened.
        open.forget(connection);
        return undefined;
      }
      if (connection.account !== null) {
        core.limits.giveBack({ sockets: 1 }, client);
        core.limits.count({ 'account-sockets': 1 }, { address, actorId: connection.account });
      }
      const refusal = refusalOf(connection);
      if (refusal !== undefined) open.forget(connection);
      else
        upgrade(admitted, req, socket, head, (ws) => {
          socket.off('close', abandoned);
          // The library listens from now on.
          socket.off('error', destroyed);
          open.opened(connection, ws);
        });
      return refusal;
    } catch (error) {
      open.forget(connection);
      throw error;
    }
  };

  const find = ({ url = '' }: IncomingMessage): Found | RawResponse => {
    const path = parsePath(url);
    return path === undefined ? { status: 400 } : (mountAt(path) ?? { status: 404 });
  };

  const responseFor = async (error: unknown, requestId: string, address: string): Promise<RawResponse> => {
    if (error instanceof TooManyRequests) await core.limits.slowDown({ address, actorId: null });
    if (error instanceof TooManySockets) return { status: 429 };
    const { code, headers } = failureOf(error);
    if (code === 'internal') log.error({ requestId, err: error }, 'a socket could not be opened');
    return { ...rawProblem(code), headers };
  };

  const onUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', destroyed);
    const forced = setTimeout(() => socket.destroy(), OPENING);
    const found = find(req);
    const [address, requestId, began] = [addressOf(req), requestIdOf(req), performance.now()];
    const route = 'route' in found ? found.route : 'none';
    void admit(found, req, socket, head)
      .catch((error: unknown) => responseFor(error, requestId, address))
      .then((refusal) => {
        const isAnswered = refusal === undefined ? open.isOpen(socket) : socket.writable;
        writeEnded(log, { requestId, method: 'GET', route, status: refusal?.status ?? 101, began, isAnswered });
        if (refusal === undefined) return;
        const code = refusedWith[refusal.status];
        if (code !== undefined) core.security.refuse(code, { address, requestId, route: `GET ${route}` });
        respondRaw(socket, refusal);
      })
      .finally(() => clearTimeout(forced));
  };

  const tick = (): void => {
    const now = performance.now();
    // While the process itself was blocked or stopped, it could read no bytes.
    const elapsed = Math.min(now - tickedAt, 2 * every);
    tickedAt = now;
    output.look();
    for (const connection of open.all) {
      connection.tick(now, elapsed);
      if (connection.account !== null) anonymous.delete(connection);
    }
  };

  return {
    /** Sockets that are open or opening. */
    get size(): number {
      return open.all.size;
    },
    /** Bytes of clients' messages in memory. */
    get underWay(): number {
      return context.memory.all;
    },
    attach: (server: Server): void => {
      server.on('upgrade', onUpgrade);
      ticking ??= setInterval(tick, every);
    },
    /** Something was erased: what waits for slow clients may show it, so they are cut off, and come back. */
    dropWaiting: (): void => {
      for (const connection of open.all) connection.dropWaiting();
    },
    /** Takes no more sockets and frames, and closes each socket once its frame in work is answered, within `CLOSING`. */
    close: async (code: number = CLOSE.restart): Promise<void> => {
      isClosing = true;
      for (const connection of open.all) connection.receiver.finish(code);
      const end = performance.now() + CLOSING;
      while ((open.all.size > 0 || context.running > 0) && performance.now() < end) await delay(10);
      for (const connection of open.all) connection.terminate();
      clearInterval(ticking);
    },
  };
};

/** Answers the handshake. The library calls back before this returns, or never. */
const upgrade = ({ handler, server }: Admitted, ...handshake: Parameters<WebSocketServer['handleUpgrade']>): void => {
  const add = (lines: string[]): void => {
    for (const [name, value] of Object.entries(handler.headers ?? {})) lines.push(`${name}: ${value}`);
  };
  server.once('headers', add);
  server.handleUpgrade(...handshake);
  server.off('headers', add);
};

/** Without a listener, an error of an upgraded socket would end the process. */
function destroyed(this: Duplex): void {
  this.destroy();
}

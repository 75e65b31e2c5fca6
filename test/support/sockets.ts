// Socket servers beside a program, and a client that waits for frames instead of for time.

import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { createGuardedServer } from '../../src/http/connections.ts';
import { createHttp } from '../../src/http/server.ts';
import { createOutputBudget, type OutputBudget } from '../../src/limits/outputBudget.ts';
import { createHub, type Hub } from '../../src/ws/hub.ts';
import { nativeSocket } from '../../src/ws/native.ts';
import { createSockets, type SocketOptions, type Sockets } from '../../src/ws/server.ts';
import type { SocketMount } from '../../src/ws/socketMount.ts';
import type { Program } from './program.ts';

export interface SocketServer {
  readonly port: number;
  /** `http://…`: the same routes and accounts as the program's, with sockets. */
  readonly url: string;
  readonly hub: Hub;
  readonly sockets: Sockets;
  readonly output: OutputBudget;
  /** The number of open ones. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** One more process' worth of serving and pushing over the program's stores. */
export const startSockets = async (
  program: Program,
  options: SocketOptions & {
    readonly settings?: Partial<Program['services']['config']>;
    readonly mounts?: (hub: Hub) => readonly SocketMount[];
    /** Of connections. */
    readonly stall?: number;
    readonly deadlines?: NonNullable<Parameters<typeof createGuardedServer>[2]>['deadlines'];
  } = {},
): Promise<SocketServer> => {
  const config = { ...program.services.config, ...options.settings };
  const services = {
    ...program.services,
    config,
    output: createOutputBudget(config),
    startHead: await program.services.events.head(),
  };
  const hub = createHub(services);
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  const sockets = createSockets(
    services,
    hub,
    [nativeSocket(services, hub), ...(options.mounts?.(hub) ?? [])],
    options,
  );
  const limits = { connections: Number.POSITIVE_INFINITY, rate: 4096, stall: options.stall ?? 30_000 };
  const server = createGuardedServer(limits, createHttp(services).callback(), {
    deadlines: options.deadlines,
    output: services.output,
  });
  sockets.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    hub,
    sockets,
    output: services.output,
    connections: promisify(server.getConnections.bind(server)),
    close: async () => {
      await sockets.close();
      stopping.abort();
      await running;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
export type Frame = any;

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface Client {
  readonly ws: WebSocket;
  /** Every frame so far. */
  readonly frames: readonly Frame[];
  /** The first frame not asked for yet that is of this type and has these fields; what came before it is passed by. */
  next(type: string, fields?: Readonly<Record<string, unknown>>): Promise<Frame>;
  /** Resolves once so many frames of a type have come: all of that type. */
  all(type: string, count: number): Promise<readonly Frame[]>;
  send(frame: object): void;
  readonly closed: Promise<Closing>;
  close(): void;
}

const PATIENCE = 20_000;

const matches = (frame: Frame, type: string, fields: Readonly<Record<string, unknown>>): boolean =>
  frame.type === type && Object.entries(fields).every(([name, value]) => frame[name] === value);

/** What a handshake was refused with. */
export class HandshakeRefused extends Error {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  constructor(res: IncomingMessage) {
    super(`refused with ${res.statusCode}`);
    this.status = res.statusCode ?? 0;
    this.headers = res.headers;
  }
}

/** Opens a socket. @throws HandshakeRefused */
export const connect = async (
  server: Pick<SocketServer, 'port'>,
  given: {
    readonly path?: string;
    readonly token?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly protocols?: readonly string[];
    readonly options?: WebSocket.ClientOptions;
  } = {},
): Promise<Client> => {
  const { path = '/v1/socket', token, headers = {}, protocols = [], options = {} } = given;
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, [...protocols], {
    headers: { ...authorization, ...headers },
    ...options,
  });
  const frames: Frame[] = [];
  let read = 0;
  let arrived = () => {};
  const closed = new Promise<Closing>((resolve) => {
    ws.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      arrived();
    });
  });
  ws.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    arrived();
  });

  const until = async <T>(found: () => T | undefined, what: string): Promise<T> => {
    const patience = setTimeout(() => arrived(), PATIENCE);
    const end = performance.now() + PATIENCE;
    try {
      for (;;) {
        const value = found();
        if (value !== undefined) return value;
        if (ws.readyState === WebSocket.CLOSED || performance.now() >= end - 1)
          throw new Error(`no ${what}; there were ${JSON.stringify(frames.slice(-5))}`);
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    } finally {
      clearTimeout(patience);
    }
  };

  const client: Client = {
    ws,
    frames,
    next: (type, fields = {}) =>
      until(
        () => {
          while (read < frames.length) {
            const frame = frames[read++];
            if (matches(frame, type, fields)) return frame;
          }
          return undefined;
        },
        `${type} ${JSON.stringify(fields)}`,
      ),
    all: (type, count) =>
      until(() => {
        const found = frames.filter((frame) => frame.type === type);
        return found.length >= count ? found : undefined;
      }, `${count} of ${type}`),
    send: (frame) => ws.send(JSON.stringify(frame)),
    closed,
    close: () => ws.close(),
  };
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
    ws.once('unexpected-response', (_, res) => {
      reject(new HandshakeRefused(res));
      ws.on('error', () => undefined);
      ws.terminate();
    });
  });
  ws.on('error', () => undefined);
  return client;
};

/** A frame as a client sends it: masked, with zeros, so that its bytes are those of the payload. */
export const clientFrame = (opcode: number, payload: number | Uint8Array, isLast = true): Buffer => {
  const content = typeof payload === 'number' ? Buffer.alloc(payload, 'x') : payload;
  const { length } = content;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = (isLast ? 0x80 : 0) | opcode;
  header[1] = 0x80 | (header.length === 2 ? length : header.length === 4 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(4), content]);
};

/** A socket that is signed in and told everything from now on, or everything after a position. */
export const listening = async (
  server: Pick<SocketServer, 'port'>,
  token: string,
  subscription: { readonly after?: number; readonly conversationIds?: readonly string[] } = {},
): Promise<Client> => {
  const client = await connect(server, { token });
  await client.next('ready');
  client.send({ type: 'subscribe', ...subscription });
  await client.next('caught-up');
  return client;
};

/** The reactions to a message, after one that was added or taken back. `me`: whose client it is. */
const reactedTo = ({ reactions }: Frame, { type, emoji, count, userId }: Frame, me: string | undefined) => {
  const before = reactions.find((one: Frame) => one.emoji === emoji);
  if (count === 0) return reactions.filter((one: Frame) => one !== before);
  const mine = userId === me ? type === 'reaction-added' : (before?.mine ?? false);
  const now = { emoji, count, mine };
  return before ? reactions.map((one: Frame) => (one === before ? now : one)) : [...reactions, now];
};

/** The messages as a client of `me` has them that follows docs/socket.md, by id. */
export const knownFrom = (frames: readonly Frame[], me?: string): ReadonlyMap<string, Frame> => {
  const known = new Map<string, Frame>();
  const change = (id: string, changes: object) => {
    const before = known.get(id);
    if (before !== undefined) known.set(id, { ...before, ...changes });
  };
  for (const frame of frames) {
    const { type, message, messageId, text, editedAt, removedAt, removedBy } = frame;
    if (type === 'message') known.set(message.id, message);
    if (type === 'message-restored') {
      const { reactions, thread } = known.get(message.id) ?? message;
      known.set(message.id, { ...message, reactions, thread });
    }
    const reacted = known.get(messageId);
    if (reacted && (type === 'reaction-added' || type === 'reaction-taken-back'))
      change(messageId, { reactions: reactedTo(reacted, frame, me) });
    if (type === 'message-edited') change(messageId, { text, editedAt });
    if (type === 'message-removed')
      change(messageId, { text: '', file: null, kind: 'text', editedAt: null, removedAt, removedBy });
    if (type === 'message-erased') change(messageId, { text: '', erased: true });
  }
  return known;
};

// How another process asks the server to rebuild its embedded views: over a socket in their directory. Only processes
// that can enter that directory can ask.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { rebuild } from './projections/rebuild.ts';
import type { EventReader, ViewStore } from './store/ports.ts';

type Sources = { readonly events: EventReader; readonly views: ViewStore };

/** `head`: the end of the log when the build began. `events`: how many lie up to the position, which may count bytes. */
export type OnProgress = (position: number, head: number, events: number) => void;

/** The server writes one JSON object on each line. */
type Line =
  | { readonly position: number; readonly head: number; readonly events: number }
  | { readonly done: number }
  | { readonly error: string };

const socketIn = (directory: string): string => join(directory, 'rebuild.sock');

/** The directory has no socket, or no process listens on it. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/** Bytes of a socket's path that every system takes. */
const PATH_BYTES = 100;

/**
 * Calls `use` with the path of the socket in a directory. A temporary link shortens a long path. Windows has pipes
 * instead, with names of their own.
 */
const withSocketPath = async <T>(views: string, use: (path: string) => Promise<T>): Promise<T> => {
  const directory = resolve(views);
  if (process.platform === 'win32')
    return use(`\\\\.\\pipe\\verbatim-${createHash('sha256').update(directory).digest('hex')}`);
  if (Buffer.byteLength(socketIn(directory)) <= PATH_BYTES) return use(socketIn(directory));
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-'));
  try {
    await symlink(directory, join(folder, 'views'));
    return await use(socketIn(join(folder, 'views')));
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Rebuilds the views, and tells how far it is to the end of the log. Returns the last position. */
export const rebuildShowing = async (
  { events, views }: Sources,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<number> => {
  const head = await events.head();
  onProgress(0, head, 0);
  return rebuild(events, views, (position, taken) => onProgress(position, head, taken), signal);
};

/** Rebuilds for a client. If the client disconnects, the build stops. */
const answer = async (stores: Sources, socket: Socket, closing: AbortSignal): Promise<void> => {
  const say = (line: Line): void => void socket.write(`${JSON.stringify(line)}\n`);
  const gone = new AbortController();
  socket.on('error', () => undefined).on('close', () => gone.abort(new Error('the client is gone')));
  socket.resume();
  try {
    const over = AbortSignal.any([gone.signal, closing]);
    say({ done: await rebuildShowing(stores, (position, head, events) => say({ position, head, events }), over) });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
  socket.destroySoon();
};

/** Listens in the directory of the views; returns a function that ends this. @throws Error without socket files */
export const answerRebuilds = async (stores: Sources, directory: string): Promise<() => Promise<void>> => {
  const closing = new AbortController();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const answering = answer(stores, socket, closing.signal).finally(() => answers.delete(answering));
    answers.add(answering);
  });
  // A server that was killed left its socket behind.
  await rm(socketIn(directory), { force: true });
  await withSocketPath(directory, (path) => once(server.listen(path), 'listening'));
  server.unref();
  return async () => {
    closing.abort(new Error('the server stops'));
    await Promise.all(answers);
    const closed = new Promise((resolve) => server.close(resolve));
    await rm(socketIn(directory), { force: true });
    await closed;
  };
};

/** Returns undefined if no server has these views. @throws Error as the server says, or if it ends first */
export const askServer = (directory: string, onProgress: OnProgress): Promise<number | undefined> =>
  withSocketPath(directory, async (path) => {
    const socket = createConnection(path);
    try {
      await once(socket, 'connect');
    } catch (error) {
      if (NOBODY.has(String((error as NodeJS.ErrnoException).code))) return undefined;
      throw error;
    }
    // Without a listener, a later error would end the process. The lines below end early then.
    socket.on('error', () => undefined);
    for await (const text of createInterface(socket)) {
      const line = JSON.parse(text) as Line;
      if ('done' in line) return line.done;
      if ('error' in line) throw new Error(line.error);
      onProgress(line.position, line.head, line.events);
    }
    throw new Error('the server ended before the views were built');
  });

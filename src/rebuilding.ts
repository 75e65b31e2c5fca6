// How another process asks the server that has embedded views to build them again: over a socket in their directory.
// Whoever cannot enter that directory cannot ask.

import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { rebuild } from './projections/rebuild.ts';
import type { EventReader, ViewStore } from './store/ports.ts';

/** `head`: the end of the log when the build began. */
export type OnProgress = (position: number, head: number) => void;

/** What the server says, a JSON object on each line. */
type Line =
  | { readonly position: number; readonly head: number }
  | { readonly done: number }
  | { readonly error: string };

const socketIn = (directory: string): string => join(directory, 'rebuild.sock');

/** The directory has no socket, or no process listens on it. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/** Bytes of a socket's path that every system takes. */
const PATH_BYTES = 100;

/**
 * Calls `use` with the path of the socket in a directory. A link, removed at the end, makes a long path short. Windows has
 * pipes instead, with names of their own.
 */
const withSocketPath = async <T>(given: string, use: (path: string) => Promise<T>): Promise<T> => {
  const directory = resolve(given);
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

interface Sources {
  readonly events: EventReader;
  readonly views: ViewStore;
}

/** As `rebuild`, for somebody who also wants to know how far it is to the end. */
export const rebuildShowing = async (
  { events, views }: Sources,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<number> => {
  const head = await events.head();
  onProgress(0, head);
  return rebuild(events, views, (position) => onProgress(position, head), signal);
};

/** Builds for the client that connected. A client that goes away gives its build up. */
const answer = async (stores: Sources, socket: Socket, closing: AbortSignal): Promise<void> => {
  const say = (line: Line): void => void socket.write(`${JSON.stringify(line)}\n`);
  const gone = new AbortController();
  socket.on('error', () => undefined).on('close', () => gone.abort(new Error('the client is gone')));
  socket.resume();
  try {
    const over = AbortSignal.any([gone.signal, closing]);
    say({ done: await rebuildShowing(stores, (position, head) => say({ position, head }), over) });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
  socket.destroySoon();
};

/**
 * Listens in the directory of the views. The result ends that: it gives up the build under way, and waits for its end.
 * @throws Error the file system has no sockets
 */
export const answerRebuilds = async (stores: Sources, directory: string): Promise<() => Promise<void>> => {
  const closing = new AbortController();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const answering = answer(stores, socket, closing.signal).finally(() => answers.delete(answering));
    answers.add(answering);
  });
  // A server that was killed left its socket behind.
  await rm(socketIn(directory), { force: true });
  await withSocketPath(directory, async (path) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen(path, resolve);
    await promise;
  });
  server.unref();
  return async () => {
    closing.abort(new Error('the server stops'));
    await Promise.all(answers);
    const closed = new Promise((resolve) => server.close(resolve));
    await rm(socketIn(directory), { force: true });
    await closed;
  };
};

/** Out: `undefined` where no server has these views. @throws Error what the server says, or that it is gone. */
export const askServer = (directory: string, onProgress: OnProgress): Promise<number | undefined> =>
  withSocketPath(directory, async (path) => {
    const socket = createConnection(path);
    const failed = new Promise<never>((_, reject) => socket.once('error', reject));
    failed.catch(() => undefined);
    try {
      await Promise.race([failed, new Promise((resolve) => socket.once('connect', resolve))]);
    } catch (error) {
      if (NOBODY.has(String((error as NodeJS.ErrnoException).code))) return undefined;
      throw error;
    }
    for await (const text of createInterface(socket)) {
      const line = JSON.parse(text) as Line;
      if ('done' in line) return line.done;
      if ('error' in line) throw new Error(line.error);
      onProgress(line.position, line.head);
    }
    throw new Error('the server ended before the views were built');
  });

// Builds the views again, beside those that serve. Embedded views belong to one process: where a server has them, it
// builds, asked over a socket in their directory. Whoever cannot enter that directory cannot ask.

import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Config } from './config.ts';
import { rebuild } from './projections/projector.ts';
import type { EventReader, ViewStore } from './store/ports.ts';
import { openEventReader, openViews, viewsDirectory } from './stores.ts';

/** `head`: the end of the log when the build began. */
export type OnProgress = (position: number, head: number) => void;

/** What the server says, a JSON object on each line. */
type Line =
  | { readonly position: number; readonly head: number }
  | { readonly done: number }
  | { readonly error: string };

/** The directory has no socket, or no process listens on it. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/**
 * Calls `use` with the path of the socket. Systems take no path longer than about 100 bytes: a link, removed at the end,
 * makes that of any directory short. Windows has pipes instead, with names of their own.
 */
const withSocketPath = async <T>(directory: string, use: (path: string) => Promise<T>): Promise<T> => {
  if (process.platform === 'win32')
    return use(`\\\\.\\pipe\\verbatim-${createHash('sha256').update(directory).digest('hex')}`);
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-'));
  try {
    await symlink(directory, join(folder, 'views'));
    return await use(join(folder, 'views', 'rebuild.sock'));
  } finally {
    await rm(folder, { recursive: true });
  }
};

const buildFrom = async (
  events: EventReader,
  views: ViewStore,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<number> => {
  const head = await events.head();
  onProgress(0, head);
  return rebuild(events, views, (position) => onProgress(position, head), signal);
};

/** Builds for whoever connects. A client that goes away gives its build up. */
const answer = async (
  { events, views }: { readonly events: EventReader; readonly views: ViewStore },
  socket: Socket,
  closing: AbortSignal,
): Promise<void> => {
  const say = (line: Line): void => void socket.write(`${JSON.stringify(line)}\n`);
  const gone = new AbortController();
  socket.on('error', () => undefined).on('close', () => gone.abort(new Error('the client is gone')));
  try {
    const over = AbortSignal.any([gone.signal, closing]);
    say({ done: await buildFrom(events, views, (position, head) => say({ position, head }), over) });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
  socket.end();
};

/** Listens in the directory of the views until the result is called, which also waits for the build under way. */
export const answerRebuilds = async (
  stores: { readonly events: EventReader; readonly views: ViewStore },
  directory: string,
): Promise<() => Promise<void>> => {
  const closing = new AbortController();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const answering = answer(stores, socket, closing.signal);
    answers.add(answering);
    void answering.then(() => answers.delete(answering));
  });
  // A server that was killed left its socket behind.
  await rm(join(directory, 'rebuild.sock'), { force: true });
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
    await rm(join(directory, 'rebuild.sock'), { force: true });
    await closed;
  };
};

/** Out: `undefined` where no server has these views. @throws Error what the server says, or that it is gone. */
const askServer = (directory: string, onProgress: OnProgress): Promise<number | undefined> =>
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

/** Builds the views that the settings name. Out: the position they have come to. */
export const rebuildViews = async (config: Config, onProgress: OnProgress): Promise<number> => {
  if (config.MONGODB_URL === undefined) {
    const done = await askServer(viewsDirectory(config.DATA_DIR), onProgress);
    if (done !== undefined) return done;
  }
  const events = await openEventReader(config);
  try {
    const views = await openViews(config);
    try {
      return await buildFrom(events, views, onProgress);
    } finally {
      await views.close();
    }
  } finally {
    await events.close();
  }
};

// How a verb of the command line has the server that holds the data directory do its work: over a socket in that directory,
// in a folder that only its owner may enter. One line asks; the server answers with lines until it is done.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { inWords } from './inWords.ts';
import { makeFolder } from './store/embedded/durable.ts';

/** `head`: the end of the log when the work began. `events`: how many lie up to the position, which may count bytes. */
export type OnProgress = (position: number, head: number, events: number) => void;

/** Carries out what is asked. @throws Error with a message for the operator */
export type Answerer = (
  verb: string,
  args: readonly string[],
  onProgress: OnProgress,
  signal: AbortSignal,
) => Promise<unknown>;

const Request = z.strictObject({ verb: z.string(), args: z.array(z.string()) });

type Line =
  | { readonly position: number; readonly head: number; readonly events: number }
  | { readonly done: unknown }
  | { readonly error: string };

/** Characters of a request, and milliseconds until it is there. */
const REQUEST = { most: 16_384, wait: 5000 } as const;

const folderIn = (dataDir: string): string => join(resolve(dataDir), 'verbs');
const socketIn = (folder: string): string => join(folder, 'socket');

/** The directory has no socket, or no process listens on it. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/** Bytes of a socket's path that every system takes. */
const PATH_BYTES = 100;

/** Calls `use` with the path of the socket. A temporary link shortens a long path. Windows has pipes with names instead. */
const withSocketPath = async <T>(dataDir: string, use: (path: string) => Promise<T>): Promise<T> => {
  const folder = folderIn(dataDir);
  if (process.platform === 'win32')
    return use(`\\\\.\\pipe\\verbatim-${createHash('sha256').update(folder).digest('hex')}`);
  if (Buffer.byteLength(socketIn(folder)) <= PATH_BYTES) return use(socketIn(folder));
  const short = await mkdtemp(join(tmpdir(), 'verbatim-'));
  try {
    await symlink(folder, join(short, 'verbs'));
    return await use(socketIn(join(short, 'verbs')));
  } finally {
    await rm(short, { recursive: true });
  }
};

/** Resolves with the first line. @throws Error it is too long, comes too late, or the server stops */
const requestFrom = (socket: Socket, closing: AbortSignal): Promise<z.infer<typeof Request>> =>
  new Promise((done, reject) => {
    let text = '';
    const fail = (why: string): void => reject(new Error(why));
    const stop = (): void => fail('the server stops');
    closing.addEventListener('abort', stop, { once: true });
    socket.setTimeout(REQUEST.wait, () => fail('the request came too late'));
    socket.once('close', () => fail('the client is gone'));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.includes('\n')) return;
      text += chunk;
      if (text.length > REQUEST.most) return fail('the request is too long');
      if (!text.includes('\n')) return;
      socket.setTimeout(0);
      closing.removeEventListener('abort', stop);
      try {
        done(Request.parse(JSON.parse(text)));
      } catch {
        fail('this is no request of a verb');
      }
    });
  });

/** Does the work for one client. If the client disconnects, the work stops. */
const answer = async (work: Answerer, socket: Socket, closing: AbortSignal): Promise<void> => {
  const say = (line: Line): void => void socket.write(`${JSON.stringify(line)}\n`);
  const gone = new AbortController();
  socket.on('error', () => undefined).on('close', () => gone.abort(new Error('the client is gone')));
  try {
    const { verb, args } = await requestFrom(socket, closing);
    const over = AbortSignal.any([gone.signal, closing]);
    say({ done: (await work(verb, args, (position, head, events) => say({ position, head, events }), over)) ?? null });
  } catch (error) {
    say({ error: inWords(error) });
  }
  socket.destroySoon();
};

/** Listens in the data directory; returns a function that ends this. @throws Error without socket files */
export const answerVerbs = async (work: Answerer, dataDir: string): Promise<() => Promise<void>> => {
  const closing = new AbortController();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const answering = answer(work, socket, closing.signal).finally(() => answers.delete(answering));
    answers.add(answering);
  });
  const folder = folderIn(dataDir);
  await makeFolder(folder);
  await chmod(folder, 0o700);
  // A server that was killed left its socket behind.
  await rm(socketIn(folder), { force: true });
  await withSocketPath(dataDir, (path) => once(server.listen(path), 'listening'));
  server.unref();
  return async () => {
    closing.abort(new Error('the server stops'));
    await Promise.all(answers);
    const closed = new Promise((resolve) => server.close(resolve));
    await rm(socketIn(folder), { force: true });
    await closed;
  };
};

/** Undefined: nobody listens. @throws Error only another user may ask the server */
const connectTo = async (path: string): Promise<Socket | undefined> => {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NOBODY.has(code)) return undefined;
    if (code === 'EACCES') throw new Error('only the user that runs the server may ask it', { cause: error });
    throw error;
  }
};

/** Whether a server has the data directory, and answers. @throws Error only another user may ask the server */
export const isServed = (dataDir: string): Promise<boolean> =>
  withSocketPath(dataDir, async (path) => {
    const socket = await connectTo(path);
    socket?.destroy();
    return socket !== undefined;
  });

/** Undefined: the server was killed while it wrote. */
const lineIn = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
};

/** Returns undefined if no server has the data directory. @throws Error as the server says, or if it ends first */
export const askServer = (
  dataDir: string,
  verb: string,
  args: readonly string[] = [],
  onProgress: OnProgress = () => undefined,
): Promise<{ readonly done: unknown } | undefined> =>
  withSocketPath(dataDir, async (path) => {
    const socket = await connectTo(path);
    if (socket === undefined) return undefined;
    // Without a listener, a later error would end the process. The lines below end early then.
    socket.on('error', () => undefined);
    socket.write(`${JSON.stringify({ verb, args })}\n`);
    for await (const text of createInterface(socket)) {
      const line = lineIn(text);
      if (line === undefined) break;
      if ('done' in line) return line;
      if ('error' in line) throw new Error(line.error);
      onProgress(line.position, line.head, line.events);
    }
    throw new Error('the server ended before it had done this');
  });

// How a server ends, on every way of starting it: as real processes, waiting for exits.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test as base, describe, expect, vi } from 'vitest';
import { closeWithin, Unfinished } from '../../src/closing.ts';
import { openDataDir } from '../../src/store/embedded/dataDir.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { askingOf } from '../support/program.ts';
import { type Client, connect } from '../support/sockets.ts';

/** Each starts processes, some by way of npm. */
vi.setConfig({ testTimeout: 120_000 });

const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'bin/verbatim.js');

/** A folder for the data of one test, and what was started there; nothing of it is left at the end. */
const test = base.extend<{ place: Place }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what is needed here
  place: async ({}, use) => {
    const home = await temporaryDirectory();
    const started = new Set<number>();
    await use({ home: home.path, data: join(home.path, 'data'), started });
    for (const pid of started) if (isThere(pid)) process.kill(pid, 'SIGKILL');
    await home.remove();
  },
});

interface Place {
  readonly home: string;
  readonly data: string;
  /** Process ids. */
  readonly started: Set<number>;
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

const settings = {
  PORT: '0',
  LOG_LEVEL: 'silent',
  EVENTSTORE_URL: '',
  MONGODB_URL: '',
  AUTH_SECRET: '',
  BCRYPT_COST: '4',
};

/** Starts a process group of its own, as a shell does for a command. */
const start = (
  { data, started }: Place,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
) => {
  const child = spawn(command, args, {
    cwd: root,
    detached: true,
    env: { ...process.env, ...settings, DATA_DIR: data, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child.pid!);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const ended = once(child, 'exit').then(([code, signal]): Ended => ({ code, signal, said }));
  return { child, ended, said: () => said };
};

interface Server {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly url: string;
  /** Of the process that serves, whoever started it. */
  readonly pid: number;
  /** A client that listens. */
  readonly client: Client;
  readonly token: string;
}

const serve = async (
  place: Place,
  command: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Server> => {
  const { child, ended, said } = start(place, command, args, env);
  const listening = () => /listens on (http:\/\/[^\s,]+)/.exec(said())?.[1];
  while (listening() === undefined) {
    const ending = await Promise.race([once(child.stdout!, 'data'), ended]);
    if ('said' in ending) throw new Error(`it did not start: ${ending.said}`);
  }
  const url = listening()!;
  const { pid } = JSON.parse(await readFile(join(place.data, 'lock-owner.json'), 'utf8')) as { pid: number };
  place.started.add(pid);
  const { token } = await askingOf(url).person(`ann${Date.now()}`);
  const client = await connect({ port: Number(new URL(url).port) }, { token });
  await client.next('ready');
  return { child, ended, url, pid, client, token };
};

const serveDirectly = (place: Place, env?: Record<string, string>): Promise<Server> =>
  serve(place, process.execPath, [program, 'serve'], env);

const WAIT = { timeout: 60_000, interval: 20 };
/** Nobody waits for a process that lost its parent, so its end is looked for. */
const gone = (pid: number): Promise<boolean> => vi.waitUntil(() => !isThere(pid), WAIT);

/** A request whose body is sent half. Out: sends the rest, and gives the answer's status. */
const half = async ({ url, token }: Server): Promise<{ finish(): void; readonly status: Promise<number | string> }> => {
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'text/plain',
    'Content-Length': 10,
    Expect: '100-continue',
  };
  const upload = request(`${url}/v1/files`, { method: 'POST', headers });
  const status = new Promise<number | string>((done) => {
    upload.on('response', (answer) => done(answer.statusCode!));
    upload.on('error', (error: NodeJS.ErrnoException) => done(error.code!));
  });
  upload.flushHeaders();
  await once(upload, 'continue');
  upload.write('12345');
  return { status, finish: () => upload.end('67890') };
};

// Each waits for its own processes, most of the time.
describe.concurrent('a stop', () => {
  test('ends though a client keeps its connection busy, and loses nobody’s answer', async ({ place }) => {
    const server = await serveDirectly(place);
    const upload = await half(server);
    const over = new AbortController();
    let answered = 0;
    const busy = (async () => {
      while (!over.signal.aborted) {
        const { status } = await askingOf(server.url).call('GET', '/v1/me', { token: server.token });
        expect(status).toBe(200);
        answered += 1;
      }
    })().catch((error: unknown) => expect(error).toBeInstanceOf(TypeError));
    await vi.waitUntil(() => answered > 0, WAIT);
    server.child.kill('SIGTERM');
    expect((await server.client.closed).code).toBe(1012);
    upload.finish();
    expect(await upload.status).toBe(201);
    expect(await server.ended).toMatchObject({ code: 0, said: expect.not.stringContaining('verbatim serve:') });
    over.abort();
    await busy;
    await isFree(place.data, Number(new URL(server.url).port));
  });

  test('that is asked for again ends at once', async ({ place }) => {
    const server = await serveDirectly(place);
    await half(server);
    server.child.kill('SIGTERM');
    await server.client.closed;
    const asking = setInterval(() => server.child.kill('SIGTERM'), 50);
    // The request would have held it, and then the code were 0.
    expect((await server.ended).code).toBe(128 + 15);
    clearInterval(asking);
  });

  test('ends also when the data directory is gone, and says why it could not end well', async ({ place }) => {
    const server = await serveDirectly(place);
    const upload = await half(server);
    server.child.kill('SIGTERM');
    await server.client.closed;
    await rm(place.data, { recursive: true });
    upload.finish();
    const { code, said } = await server.ended;
    expect(code).toBe(1);
    expect(said).toContain('verbatim serve: the store of');
  });

  test('that does not end by its deadline says what it waited for, and has a code of its own', async ({ place }) => {
    const stuck = join(place.home, 'stuck.mjs');
    const patch =
      "import { Worker } from 'node:worker_threads';\nWorker.prototype.terminate = () => new Promise(() => {});\n";
    await writeFile(stuck, patch);
    const server = await serveDirectly(place, { NODE_OPTIONS: `--import ${stuck}` });
    server.child.kill('SIGTERM');
    const { code, said } = await server.ended;
    expect(said).toMatch(/did not end within 9 s: it still waited for (passwords|the store of views)/);
    expect(code).toBe(3);
  });

  test('names every part that did not end, closes those after one that failed, and throws what failed', async () => {
    const never = new Promise<never>(() => {});
    const hanging = closeWithin(1, async (waitFor) => {
      await Promise.all([waitFor('requests', never), waitFor('sockets', Promise.resolve()), waitFor('the hub', never)]);
    });
    await expect(hanging).rejects.toThrow(new Unfinished(['requests', 'the hub'], 1));
    const closed: string[] = [];
    const failing = closeWithin(undefined, async (waitFor) => {
      await waitFor('views', Promise.reject(new Error('the disk is gone')));
      await waitFor(
        'events',
        Promise.resolve().then(() => closed.push('events')),
      );
    });
    await expect(failing).rejects.toThrow('the disk is gone');
    expect(closed).toEqual(['events']);
  });

  test('before the server listens is a clean end', async ({ place }) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const { child, ended } = start(place, process.execPath, [program, 'serve'], {
      EVENTSTORE_URL: `esdb://127.0.0.1:${port}?tls=false`,
      AUTH_SECRET: 'a secret that is long enough for it',
    });
    const [socket] = await once(silent, 'connection');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, said: expect.not.stringContaining('listens on') });
    socket.destroy();
    silent.close();
  });
});

test('a start that fails by an error of the program ends its process, and leaves the data directory free', async ({
  place,
}) => {
  const starting = join(place.home, 'starting.mjs');
  const source = `
    import { createApp, readSettings } from ${JSON.stringify(pathToFileURL(join(root, 'src/app.ts')))};
    const mount = () => { throw new TypeError('this API cannot be mounted'); };
    const failed = await createApp(readSettings(process.env), { dialects: [{ name: 'broken', mount }] }).catch(String);
    console.log(failed);
  `;
  await writeFile(starting, source);
  const { ended } = start(place, process.execPath, [starting]);
  expect(await ended).toEqual({ code: 0, signal: null, said: 'TypeError: this API cannot be mounted\n' });
  await (await openDataDir(place.data)).release();
});

/** The first Node of this machine that is not the project's, if it is too old to run the sources itself. */
const olderNode = (): string | undefined => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.includes('node_modules')) continue;
    try {
      const version = execFileSync(join(folder, 'node'), ['-p', 'process.versions.node'], { encoding: 'utf8' });
      return Number.parseInt(version, 10) < 24 ? join(folder, 'node') : undefined;
    } catch {
      // None there.
    }
  }
  return undefined;
};
const older = olderNode();

const ways: [name: string, command: string | undefined, args: string[]][] = [
  ['node bin/verbatim.js', process.execPath, [program, 'serve']],
  ['node bin/verbatim.js on an older Node', older, [program, 'serve']],
  ['npm start', 'npm', ['start']],
  ['npx verbatim serve', 'npx', ['verbatim', 'serve']],
];

describe.concurrent.each(ways)('started by %s', (_, command, args) => {
  const on = command === undefined ? test.skip : test;

  on('Ctrl-C tells sockets to come back, and leaves nothing behind', async ({ place }) => {
    const server = await serve(place, command!, args);
    // The terminal's signal goes to every process of the group.
    process.kill(-server.child.pid!, 'SIGINT');
    expect((await server.client.closed).code).toBe(1012);
    await Promise.all([server.ended, gone(server.pid)]);
  });

  // Of the server itself the first kill is a stop, as above, and the second leaves it no say.
  for (const signal of args[0] === program && command === process.execPath ? [] : (['SIGTERM', 'SIGKILL'] as const))
    on(`${signal} to the process that was started leaves no server behind`, async ({ place }) => {
      const server = await serve(place, command!, args);
      server.child.kill(signal);
      expect((await server.client.closed).code).toBe(1012);
      await Promise.all([server.ended, gone(server.pid)]);
      await isFree(place.data, Number(new URL(server.url).port));
    });
});

/** @throws Error the folder or the port still belongs to a server */
const isFree = async (data: string, port: number): Promise<void> => {
  const { release } = await openDataDir(data);
  await release();
  const listener = createServer().listen(port, '127.0.0.1');
  await once(listener, 'listening');
  listener.close();
};

// A MongoDB server for tests: the one of MONGODB_URL, or a wire-compatible stand-in started as a child process.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { freePort } from '../freePort.ts';

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'verbatim');
/** Made by `install.sh` beside this file. */
const HOME = join(CACHE, 'secantusdb-0.7.0b3');
/** Made by `installFast.sh`. */
const FAST_HOME = join(CACHE, 'secantus-mdb-0.5.3-beta.193');
const START_MS = 20_000;

export interface TestMongo {
  /** Address with a database of its own. */
  readonly url: string;
  /** The server is a child process that may be killed, restarted and paused; false with MONGODB_URL. */
  readonly own: boolean;
  /** SIGKILL; what was acknowledged stays on disk. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay, nothing answers. */
  pause(): void;
  resume(): void;
  /** Resolves when the server, as first started, has ended by itself, with how. */
  readonly ended: Promise<string>;
  /** Stops it and removes its data, unless they lie in a folder it was given. */
  close(): Promise<void>;
}

export interface Skipped {
  /** Why there is no server to test against. */
  readonly skipped: string;
}

/** Why there is no server to test against; undefined: there is one. */
export const whyNoMongo = (): string | undefined =>
  process.env.MONGODB_URL || existsSync(join(HOME, 'ready'))
    ? undefined
    : 'no MongoDB wire server: run test/support/mongoDb/install.sh (Python 3.11+), or set MONGODB_URL';

export interface MongoOptions {
  /** Where to keep its data; default a folder of its own, which goes with it. */
  readonly directory?: string;
  /** The faster build, if it is installed. */
  readonly isFast?: boolean;
  /** Nobody will kill it: it need not sync before it acknowledges. */
  readonly isVolatile?: boolean;
}

/** The server to test against, or why there is none. */
export async function startMongo(options: MongoOptions = {}): Promise<TestMongo | Skipped> {
  const skipped = whyNoMongo();
  if (skipped !== undefined) return { skipped };
  const given = process.env.MONGODB_URL;
  return given ? foreignServer(given) : ownServer(options);
}

function foreignServer(given: string): TestMongo {
  const url = withDatabase(given, newDatabase());
  const refuse = () => {
    throw new Error('the server of MONGODB_URL is not ours to stop');
  };
  return {
    url,
    own: false,
    kill: async () => refuse(),
    restart: async () => refuse(),
    pause: refuse,
    resume: refuse,
    ended: new Promise(() => {}),
    async close() {
      const client = new MongoClient(url);
      await client.db().dropDatabase();
      await client.close();
    },
  };
}

async function ownServer({ directory: given, isFast = false, isVolatile = false }: MongoOptions): Promise<TestMongo> {
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'verbatim-mongo-')));
  const port = await freePort();
  const command =
    isFast && existsSync(join(FAST_HOME, 'ready'))
      ? join(FAST_HOME, 'bin', 'secantusd-rs')
      : join(HOME, 'bin', 'secantusd-py');
  // Without it acknowledged writes would be lost at a kill.
  const more = isVolatile ? [] : ['--sync-on-commit'];
  let child = await launch(command, more, directory, port);
  const ended = once(child, 'exit').then(([code, signal]) => `it ended with ${code ?? signal}`);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    url: `mongodb://127.0.0.1:${port}/${given === undefined ? newDatabase() : 'verbatim'}`,
    ended,
    own: true,
    kill: () => end('SIGKILL'),
    async restart() {
      child = await launch(command, more, directory, port);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async close() {
      // What is kept is written when it stops, if it did not sync before.
      await end(given === undefined ? 'SIGKILL' : 'SIGTERM');
      if (given === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A name no other test has. */
export const newDatabase = () => `verbatim_test_${randomUUID().slice(0, 8)}`;

/** `url` with another database; it may name several hosts, which `URL` does not take. */
export const withDatabase = (url: string, name: string): string =>
  url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, (_, hosts: string) => `${hosts}/${name}`);

/** Detached, so that Ctrl-C does not end it before those who write to it. */
async function launch(
  command: string,
  more: readonly string[],
  directory: string,
  port: number,
): Promise<ChildProcess> {
  const args = ['--host', '127.0.0.1', '--port', `${port}`, '--storage-path', join(directory, 'data')];
  const child = spawn(command, [...args, ...more, '--cache-size', '256M', '--log-level', 'WARNING'], {
    cwd: directory,
    stdio: 'ignore',
    detached: true,
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const until = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null)
      throw new Error(`the MongoDB wire server ended with ${child.exitCode}. Does another one use ${directory}?`);
    if (performance.now() > until) throw new Error('the MongoDB wire server did not start');
    await delay(25);
  }
  return child;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

// npm run dev:distributed: the servers of the tests and two processes on them, on loopback, until Ctrl-C.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startMongo } from './mongoDb/startMongo.ts';
import { AUTH_SECRET } from './stores.ts';

const first = Number(process.env.PORT || 3001);
const PORTS = [first, first + 1] as const;
const here = import.meta.dirname;
const folder = resolve('data/distributed');

interface Part {
  readonly name: string;
  /** What it said where it can be reached. */
  readonly url: string;
  readonly pid?: number | undefined;
  /** Resolves when it is gone, with how. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Starts this Node with `args`; it is there once a line of its output matches `says`. What it says on is passed on. */
const start = (
  name: string,
  args: readonly string[],
  says: RegExp,
  env: Record<string, string> = {},
): Promise<Part> => {
  // A process group of its own: Ctrl-C reaches this process alone, which then stops the parts in order.
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = endOf(child);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  process.once('exit', () => child.kill('SIGKILL'));
  return new Promise((found, reject) => {
    const pass = (line: string): void => {
      const match = says.exec(line);
      if (match) found({ name, url: match[1] ?? '', pid: child.pid, ended, stop });
      else console.log(`${name}: ${line}`);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', pass);
    void ended.then((how) => reject(new Error(`${name} did not start: ${how}`)));
  });
};

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((done) => {
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => done(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`));
  });

/** A server that was given: not ours to stop. */
const given = (name: string, url: string): Part => ({ name, url, ended: new Promise(() => {}), stop: async () => {} });

const startMongoDb = async (): Promise<Part> => {
  if (process.env.MONGODB_URL) return given('MongoDB', process.env.MONGODB_URL);
  // With a sync for each entry of each index, it would take minutes to drop the views that a rebuild of 20,000 messages replaces.
  const mongo = await startMongo({ directory: folder, isVolatile: true });
  if ('skipped' in mongo) throw new Error(`There is ${mongo.skipped}.`);
  return { name: 'MongoDB', url: mongo.url, ended: mongo.ended, stop: () => mongo.close() };
};

const startEventStoreDb = (): Part | Promise<Part> =>
  process.env.EVENTSTORE_URL
    ? given('EventStoreDB', process.env.EVENTSTORE_URL)
    : start('EventStoreDB', [join(here, 'eventStoreDb/main.ts'), '--file', join(folder, 'log.db')], /^(esdb:\S+)$/);

const main = async (): Promise<void> => {
  const parts: Part[] = [];
  const processes: Part[] = [];
  let isStopping = false;
  const stopped = new Promise<string | undefined>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done(undefined));
  });
  try {
    await mkdir(folder, { recursive: true });
    const keep = (part: Part): Part => {
      parts.push(part);
      return part;
    };
    const { url: MONGODB_URL } = keep(await startMongoDb());
    const { url: EVENTSTORE_URL } = keep(await startEventStoreDb());
    for (const port of PORTS) {
      const args = [resolve(here, '../../bin/verbatim.js'), 'serve'];
      const settings = {
        PORT: `${port}`,
        // Two processes cannot share one.
        OPERATOR_PORT: '',
        LOG_LEVEL: process.env.LOG_LEVEL || 'info',
        EVENTSTORE_URL,
        MONGODB_URL,
        AUTH_SECRET,
      };
      processes.push(keep(await start(`Verbatim on ${port}`, args, /listens on (http:\/\/[^\s,]+)/, settings)));
    }
    const shown = ({ name, url, pid }: Part) =>
      `${name.padEnd(17)}  ${url}${pid === undefined ? '' : `  (process ${pid})`}`;
    console.log(`${parts.map(shown).join('\n')}\n`);
    console.log(`All of it lies in ${folder}. Ctrl-C stops it.`);
    console.log('Kill the process that says it projects the views (kill -9): the other takes over within seconds.');
    for (const { name, ended } of processes)
      void ended.then((how) => isStopping || console.log(`${name} is gone: ${how}. The other goes on.`));
    const stores = parts.filter((part) => !processes.includes(part));
    const died = [
      ...stores.map(async ({ name, ended }) => `${name} is gone: ${await ended}. The others are stopped.`),
      Promise.all(processes.map(({ ended }) => ended)).then(() => 'Both Verbatims are gone.'),
    ];
    const trouble = await Promise.race([stopped, ...died]);
    if (trouble !== undefined) {
      console.error(trouble);
      process.exitCode = 1;
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    isStopping = true;
    // The processes before the stores they write to.
    for (const part of parts.reverse()) await part.stop();
  }
};

await main();

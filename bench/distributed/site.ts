// The servers of the distributed benches: a node of EventStoreDB, perhaps a MongoDB, and processes of the program, all on
// this machine and on the same cores.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo } from '../../test/support/mongoDb/startMongo.ts';
import { type Child, startChild } from '../child.ts';
import { environment } from '../environment.ts';
import type { Seed, Seeded } from '../seed.ts';

export interface DistributedSizes {
  readonly rounds: number;
  /** Of load in each round, after as many to warm up the first time. */
  readonly seconds: number;
  /** Requests in flight, each of its own user. */
  readonly inFlight: number;
  /** Messages of which each latency is taken, and milliseconds between two. */
  readonly messages: number;
  readonly pause: number;
  readonly takeOvers: number;
  /** Sockets that come back at once, and the messages that they missed. */
  readonly sockets: number;
  readonly missed: number;
}

type Settings = Readonly<Record<string, string>>;

export interface Site {
  readonly nodeUrl: string;
  /** The address of MongoDB; empty: the views are embedded. */
  readonly mongoUrl: string;
  /** An empty folder of its own. */
  folder(): Promise<string>;
  /** Fills the stores. Only with embedded views, which lie in the folder that it returns. */
  seed(seed: Seed): Promise<Seeded>;
  start(settings?: Settings): Promise<{ readonly url: string; readonly child: Child }>;
  close(): Promise<void>;
}

const here = import.meta.dirname;
const probe = join(here, '../probe.ts');
const LISTENS = /listens on (http:\/\/[^\s,]+)/;
const AUTH_SECRET = 'a secret that every process of a bench knows';
/** What to put before a command to profile the program: empty, or arguments of Node. */
const NODE_ARGS = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((each) => each !== '');

/** @throws Error there is no MongoDB server, and why */
export const openSite = async ({ mongo: hasMongo = false } = {}): Promise<Site> => {
  const root = await mkdtemp(join(tmpdir(), 'verbatim-bench-'));
  const children = new Set<Child>();
  let folders = 0;
  const mongo = hasMongo ? await startMongo({ isFast: true }) : undefined;
  if (mongo && 'skipped' in mongo) throw new Error(mongo.skipped);
  const keep = (child: Child): Child => {
    children.add(child);
    return child;
  };
  const node = join(here, '../../test/support/eventStoreDb/main.ts');
  const standIn = process.env.EVENTSTORE_URL
    ? undefined
    : keep(startChild([node, '--file', join(root, 'log.db')], { on: [] }));
  const nodeUrl = standIn ? (await standIn.line(/^esdb:.*$/))[0] : process.env.EVENTSTORE_URL!;
  const stores = { EVENTSTORE_URL: nodeUrl, MONGODB_URL: mongo?.url ?? '', AUTH_SECRET };
  return {
    nodeUrl,
    mongoUrl: stores.MONGODB_URL,
    folder: () => mkdtemp(join(root, 'data-')),
    seed: async (seed) => {
      const args = [join(here, '../seedProcess.ts'), join(root, `data-${folders++}`)];
      const seeding = keep(startChild([...args, JSON.stringify(seed), JSON.stringify(stores)], { on: [] }));
      return JSON.parse(await seeding.output()) as Seeded;
    },
    start: async (settings = {}) => {
      const args = ['--expose-gc', '--import', probe, ...NODE_ARGS, join(here, '../../bin/verbatim.js'), 'serve'];
      const env = { ...environment(join(root, 'none')), ...stores, ...settings };
      const child = keep(startChild(args, { on: [], env }));
      const [, url] = await child.line(LISTENS);
      return { url: url!, child };
    },
    close: async () => {
      await Promise.allSettled([...children].toReversed().map((child) => child.stop()));
      await mongo?.close();
      await rm(root, { recursive: true, force: true });
    },
  };
};

// Several processes of the program on one log, with one database or with views of their own, as operators run them.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import { afterAll, describe, expect, it } from 'vitest';
import { rebuildViewsOf } from '../../src/cli/rebuildViews.ts';
import { readConfig } from '../../src/config.ts';
import { decode } from '../../src/domain/codec.ts';
import type { EventOf } from '../../src/domain/events.ts';
import { openReader } from '../../src/history/openReader.ts';
import { collections, shape } from '../../src/projections/index.ts';
import { rebuild } from '../../src/projections/rebuild.ts';
import { openEmbeddedKeyReader } from '../../src/store/embedded/keyFile.ts';
import { openEventStoreDb } from '../../src/store/eventStoreDb/eventStore.ts';
import { connectMongo } from '../../src/store/mongoDb/connection.ts';
import type { Serving } from '../../src/store/mongoDb/generations.ts';
import { openMongoKeyStore } from '../../src/store/mongoDb/keyStore.ts';
import { openMongoViewStore } from '../../src/store/mongoDb/viewStore.ts';
import type { EventStore, KeyStore } from '../../src/store/ports.ts';
import { startServer } from './cli.ts';
import { realNodeUrl, startStandIn } from './eventStoreDb/findNode.ts';
import type { EventStoreDb } from './eventStoreDb/startEventStoreDb.ts';
import { newDatabase, startMongo, type TestMongo, whyNoMongo, withDatabase } from './mongoDb/startMongo.ts';
import { type Asking, askingOf } from './program.ts';
import { AUTH_SECRET, pair } from './stores.ts';
import { viewsDump } from './viewsDump.ts';

/** One process of the program. */
export interface Process extends Asking {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}

export interface Site {
  /** The stand-in, with its faults. @throws Error where a real node was given */
  readonly node: EventStoreDb;
  /** Where the views are. @throws Error where each process has embedded ones */
  readonly mongo: TestMongo;
  /** Each process has embedded views, in place of those in MongoDB. */
  readonly hasOwnViews: boolean;
  /** The log, as a process sees it. */
  readonly events: EventStore;
  /** What every process is told. */
  readonly settings: Readonly<Record<string, string>>;
  start(settings?: Readonly<Record<string, string>>): Promise<Process>;
  /** Every document of the views that serve, by collection. */
  viewsDump(): Promise<Readonly<Record<string, readonly unknown[]>>>;
  /** Everything recorded so far is in the views. */
  settled(): Promise<void>;
  /** Who holds the lease on projecting, as it is written down. */
  leaseHolder(): Promise<string>;
  /** The views equal those that are built anew from the first event, which serve then. */
  isLikeRebuilt(): Promise<void>;
  /** Whether the log has more than `count` messages of a conversation. Quick, so that it can be asked again and again. */
  hasMoreThan(count: number, conversationId: string): Promise<boolean>;
  /** Ids of the messages of a conversation as the log has them. */
  recorded(
    conversationId: string,
  ): Promise<readonly { readonly messageId: string; readonly number: number; readonly text: string }[]>;
}

export interface Needs {
  /** Faults of the stores are played: servers that were given are not to be harmed. */
  readonly faults?: boolean;
  /** The views are in MongoDB. */
  readonly mongo?: boolean;
}

const processOf = async (env: Readonly<Record<string, string>>): Promise<Process> => {
  const { url, child } = await startServer(env);
  const gone = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await gone;
  };
  return {
    url,
    port: Number(new URL(url).port),
    child,
    ...askingOf(url),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
};

/** Runs `tests` on a pair of stores of their own, or says plainly why they are skipped. */
export const describeOnSite = async (name: string, needs: Needs, tests: (site: Site) => void): Promise<void> => {
  const skip = (why: string): void => {
    console.warn(`${name}: skipped, ${why}`);
    describe(name, () => it.skip(why));
  };
  const given = ['EVENTSTORE_URL', 'MONGODB_URL'].filter((variable) => process.env[variable]);
  if (needs.faults && given.length > 0) return skip(`the servers of ${given.join(' and ')} are not ours to harm`);
  const without = whyNoMongo();
  const hasOwnViews = pair.views === 'embedded' && (pair.log === 'EventStoreDB' || without !== undefined);
  if (needs.mongo && hasOwnViews) return skip(without ?? 'the views are embedded');
  const mongo = hasOwnViews ? undefined : await startMongo();
  if (mongo && 'skipped' in mongo) return skip(mongo.skipped);
  const node = realNodeUrl ? undefined : await startStandIn();
  const url = node?.url ?? realNodeUrl!;
  const common = { EVENTSTORE_URL: url, AUTH_SECRET };
  const recorded = await openEventStoreDb({ url });
  const kept = mongo
    ? await sharedViews(recorded, withDatabase(mongo.url, newDatabase()))
    : await ownViews(recorded, common);
  const { readStream, readLog } = openReader(recorded, kept.keys);
  const events: EventStore = { ...recorded, readStream, readLog };
  const settings = { ...common, ...kept.settings };
  const processes = new Set<Process>();

  const site: Site = {
    get node() {
      if (!node) throw new Error('the node of EVENTSTORE_URL has no faults to play');
      return node;
    },
    get mongo() {
      if (!mongo) throw new Error('the views are embedded');
      return mongo;
    },
    hasOwnViews,
    events,
    settings,
    start: async (more = {}) => {
      const started = await kept.started((own) => processOf({ ...settings, ...own, ...more }));
      processes.add(started);
      return started;
    },
    viewsDump: kept.viewsDump,
    settled: kept.settled,
    leaseHolder: kept.leaseHolder,
    isLikeRebuilt: async () => {
      // Servers record by themselves, too, such as a seal: views of one position are compared.
      for (let isOne = false; !isOne; ) {
        const head = await events.head();
        await kept.settled();
        const live = await kept.viewsDump();
        await kept.rebuild();
        const rebuilt = await kept.viewsDump();
        isOne = (await events.head()) === head;
        if (isOne) expect(rebuilt).toEqual(live);
      }
    },
    hasMoreThan: async (count, conversationId) =>
      (await recorded.readStream(`messages-${conversationId}`, { from: count, limit: 1 })).length > 0,
    recorded: async (conversationId) => {
      const found: { messageId: string; number: number; text: string }[] = [];
      for (let from = 0; ; from = found.length) {
        const page = await events.readStream(`messages-${conversationId}`, { from });
        found.push(...page.map((event) => (decode(event) as EventOf<'MessageSent'>).data));
        if (page.length === 0) return found;
      }
    },
  };
  describe(name, () => {
    afterAll(async () => {
      // A paused process would not see that it is to end.
      for (const each of processes) each.resume();
      await Promise.all([...processes].map((each) => each.kill()));
      await events.close();
      await kept.close();
      await node?.close();
      await mongo?.close();
    });
    tests(site);
  });
};

/** The views of a site, wherever they are. */
interface Kept extends Pick<Site, 'viewsDump' | 'settled' | 'leaseHolder'> {
  /** Builds the views anew from the first event; they serve then. */
  rebuild(): Promise<void>;
  readonly settings: Readonly<Record<string, string>>;
  readonly keys: Pick<KeyStore, 'get'>;
  /** Starts a process with settings of its own. */
  started(start: (own: Readonly<Record<string, string>>) => Promise<Process>): Promise<Process>;
  close(): Promise<void>;
}

const sharedViews = async (events: EventStore, url: string): Promise<Kept> => {
  const views = await openMongoViewStore({ url, shape });
  const { db, close } = await connectMongo({ url });
  const keys = await openMongoKeyStore({ db });
  const leases = db.collection<{ _id: string; holder: string }>('leases');
  return {
    settings: { MONGODB_URL: url },
    keys,
    started: (start) => start({}),
    viewsDump: () => dump(db),
    settled: async () => {
      const head = await events.head();
      await until('the views have everything', async () => (await views.checkpoint()).position >= head);
    },
    leaseHolder: async () => (await leases.findOne({ _id: `projector-${shape.version}` }))?.holder ?? '',
    rebuild: async () => {
      await rebuild(openReader(events, keys), views, () => {});
    },
    close: async () => {
      await views.close();
      await close();
    },
  };
};

/** Each process has a folder, which the next process inherits from one that has ended. */
const ownViews = async (events: EventStore, settings: Readonly<Record<string, string>>): Promise<Kept> => {
  const root = await mkdtemp(join(tmpdir(), 'verbatim-site-'));
  const homes = new Map<string, Process>();
  const hasEnded = ({ child }: Process): boolean => child.exitCode !== null || child.signalCode !== null;
  const living = () => [...homes].filter(([, process]) => !hasEnded(process));
  const starting = new Set<string>();
  const KEYS_DIR = join(root, 'keys');
  await mkdir(KEYS_DIR);
  return {
    settings: { KEYS_DIR },
    keys: { get: (ids) => openEmbeddedKeyReader(join(KEYS_DIR, 'keys.db')).get(ids) },
    started: async (start) => {
      const left = [...homes].find(([path, process]) => hasEnded(process) && !starting.has(path))?.[0];
      const home = left ?? join(root, String(homes.size + starting.size));
      starting.add(home);
      homes.set(home, await start({ DATA_DIR: home }).finally(() => starting.delete(home)));
      return homes.get(home)!;
    },
    viewsDump: async () => {
      const [first, ...others] = living().map(([home]) => viewsDump(home));
      for (const other of others) expect(other).toEqual(first);
      return first!;
    },
    settled: async () => {
      const head = await events.head();
      for (const [, process] of living())
        await until('the views have everything', async () => {
          const { json } = await process.call('GET', '/readyz');
          return json.position >= head;
        });
    },
    leaseHolder: async () => '',
    rebuild: async () => {
      for (const [home] of living())
        await rebuildViewsOf(readConfig({ ...settings, KEYS_DIR, DATA_DIR: home }), () => undefined);
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
};

export const dump = async (db: Db): Promise<Record<string, unknown[]>> => {
  const serving = await db.collection<Serving>('views_serving').findOne({ _id: shape.version });
  const docs = collections.map(async ({ name }): Promise<[string, unknown[]]> => {
    const stored = await db.collection(`views_${serving!.generation}_${name}`).find().sort({ _id: 1 }).toArray();
    // What is left of a removed document, and of when one was written, differs in views built anew.
    return [name, stored.filter((doc) => !('_removed' in doc)).map(({ _position, ...doc }) => doc)];
  });
  return Object.fromEntries(await Promise.all(docs));
};

const PATIENCE = 25_000;

/** Asks again and again until it is so. @throws Error naming `what` when it takes too long */
export const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + PATIENCE; !(await isSo().catch(() => false)); ) {
    if (performance.now() > end) throw new Error(`it did not come to pass that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

let people = 0;
/** A username that nobody has, on a server that others use too. */
export const newName = (name: string): string => `${name}${process.pid}x${Date.now().toString(36)}${++people}`;

// npm run bench -- --distributed: two processes on EventStoreDB and MongoDB, beside the same client library alone on the
// same event store. Everything runs on this machine, as many parts as it has; `node bench/distributed.ts` runs it alone.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { MongoClient } from 'mongodb';
import { WebSocket } from 'ws';
import { startMongo } from '../test/support/mongoDb/startMongo.ts';
import { type Child, startChild } from './child.ts';
import { type Figure, figure, median, quantile, tableOf } from './figure.ts';
import { FILLER } from './httpLoad.ts';

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
}

export const full: DistributedSizes = { rounds: 3, seconds: 4, inFlight: 64, messages: 400, pause: 20, takeOvers: 3 };
export const tiny: DistributedSizes = { rounds: 1, seconds: 0.3, inFlight: 4, messages: 5, pause: 5, takeOvers: 1 };

const here = import.meta.dirname;
const LISTENS = /listens on (http:\/\/[^\s,]+)/;
const AUTH_SECRET = 'a secret that every process of a bench knows';
const WAIT = 30_000;

interface Person {
  readonly userId: string;
  readonly token: string;
  readonly conversationId: string;
}

interface Site {
  readonly nodeUrl: string;
  readonly mongoUrl: string;
  start(env?: Readonly<Record<string, string>>): Promise<{ readonly url: string; readonly child: Child }>;
  close(): Promise<void>;
}

const openSite = async (): Promise<Site> => {
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-bench-'));
  const children = new Set<Child>();
  const mongo = await startMongo({ isFast: true });
  if ('skipped' in mongo) throw new Error(mongo.skipped);
  const keep = (child: Child): Child => {
    children.add(child);
    return child;
  };
  const node = join(here, '../test/support/eventStoreDb/main.ts');
  const standIn = process.env.EVENTSTORE_URL
    ? undefined
    : keep(startChild([node, '--file', join(folder, 'log.db')], { on: [] }));
  const nodeUrl = standIn ? (await standIn.line(/^esdb:.*$/))[0] : process.env.EVENTSTORE_URL!;
  const settings = { EVENTSTORE_URL: nodeUrl, MONGODB_URL: mongo.url, AUTH_SECRET, PORT: '0', BCRYPT_COST: '4' };
  return {
    nodeUrl,
    mongoUrl: mongo.url,
    start: async (env = {}) => {
      const args = [join(here, '../bin/verbatim.js'), 'serve'];
      const child = keep(startChild(args, { on: [], env: { ...settings, LOG_LEVEL: 'warn', ...env } }));
      const [, url] = await child.line(LISTENS);
      return { url: url!, child };
    },
    close: async () => {
      await Promise.allSettled([...children].toReversed().map((child) => child.stop()));
      await mongo.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const post = async (url: string, path: string, json: object, token?: string): Promise<Record<string, string>> => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(WAIT),
  });
  if (response.status !== 201 && response.status !== 202) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Record<string, string>;
};

/** Somebody signed in, with a group of their own. */
const newPerson = async (url: string): Promise<Person> => {
  const username = `p${randomUUID().slice(0, 13)}`;
  const { id: userId } = await post(url, '/v1/users', { username, password: 'correct horse' });
  const { accessToken: token } = await post(url, '/v1/sessions', { login: username, password: 'correct horse' });
  const { id } = await post(url, '/v1/groups', { name: username }, token);
  return { userId: userId!, token: token!, conversationId: id! };
};

interface Frame {
  readonly type: string;
  readonly key?: string;
  readonly position: number;
  readonly message?: { readonly text: string };
}

interface Line {
  send(frame: object): void;
  /** Called for each frame. */
  hear: (frame: Frame) => void;
  close(): void;
}

const openLine = async (url: string, { token }: Person, subscribes: boolean): Promise<Line> => {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, { headers: { Authorization: `Bearer ${token}` } });
  const line: Line = {
    send: (frame) => ws.send(JSON.stringify(frame)),
    hear: () => undefined,
    close: () => ws.terminate(),
  };
  const opened = Promise.withResolvers<void>();
  ws.on('error', opened.reject);
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.type === 'ready' && subscribes) line.send({ type: 'subscribe' });
    else if (frame.type === 'ready' || frame.type === 'caught-up') opened.resolve();
    else line.hear(frame);
  });
  await opened.promise;
  return line;
};

/** `inFlight` at a time for so long, one after the other in each lane; how many a second. */
const lanes = async (
  inFlight: number,
  seconds: number,
  once: (lane: number, nth: number) => Promise<unknown>,
): Promise<number> => {
  const started = performance.now();
  const end = started + seconds * 1000;
  const done = await Promise.all(
    Array.from({ length: inFlight }, async (_, lane) => {
      let nth = 0;
      for (; performance.now() < end; nth++) await once(lane, nth);
      return nth;
    }),
  );
  return done.reduce((sum, each) => sum + each, 0) / ((performance.now() - started) / 1000);
};

/** All that an event of a send under a key has in it. The views take it as they take those of that conversation. */
const eventLike = (conversationId: string, text: string) => {
  const [messageId, senderId] = [randomUUID(), randomUUID()];
  const data = { messageId, conversationId, number: 12345, senderId, receiverId: null, kind: 'text', text };
  const [commandId, commandHash] = [randomUUID(), randomBytes(32).toString('hex')];
  const at = new Date().toISOString();
  const metadata = { v: 1, at, actorId: senderId, correlationId: randomUUID(), commandId, commandHash };
  return jsonEvent({ id: randomUUID(), type: 'MessageSent', data: { ...data, fileId: null }, metadata });
};

/**
 * Appends a second through the client library alone: each lane to a stream of its own, at the revision it expects, of
 * messages in a conversation of its own.
 */
const appendsAlone = async (
  client: EventStoreDBClient,
  conversationIds: readonly string[],
  sizes: DistributedSizes,
): Promise<number> => {
  const streams = Array.from({ length: sizes.inFlight }, () => `alone-${randomUUID()}`);
  return lanes(sizes.inFlight, sizes.seconds, (lane, nth) =>
    client.appendToStream(streams[lane]!, eventLike(conversationIds[lane]!, FILLER), {
      expectedRevision: nth === 0 ? NO_STREAM : BigInt(nth - 1),
    }),
  );
};

/** Commands a second through one process over sockets, each answered when it is recorded. */
const commandsOverSockets = async (lines: readonly Line[], to: readonly string[], sizes: DistributedSizes) =>
  lanes(lines.length, sizes.seconds, (lane) => {
    const line = lines[lane]!;
    return new Promise<void>((resolve, reject) => {
      line.hear = (frame) => (frame.type === 'accepted' ? resolve() : reject(new Error(JSON.stringify(frame))));
      line.send({ type: 'send', key: randomUUID(), conversationId: to[lane], text: FILLER });
    });
  });

/** The same over HTTP, each answered when the views have it. */
const commandsOverHttp = async (
  url: string,
  people: readonly Person[],
  to: readonly string[],
  sizes: DistributedSizes,
): Promise<number> =>
  lanes(people.length, sizes.seconds, (lane) =>
    post(url, `/v1/conversations/${to[lane]}/messages`, { text: FILLER }, people[lane]!.token),
  );

/**
 * Everybody in one conversation, as in `sends`, and each in one of their own. `idle`: appends a second of the library
 * alone, before there was any process to push and project them.
 */
const rates = async (site: Site, url: string, idle: number, sizes: DistributedSizes): Promise<readonly Figure[]> => {
  const client = EventStoreDBClient.connectionString(site.nodeUrl);
  const people: Person[] = [];
  for (let i = 0; i < sizes.inFlight; i++) people.push(await newPerson(url));
  const lines = await Promise.all(people.map((person) => openLine(url, person, false)));
  const own = people.map(({ conversationId }) => conversationId);
  const [owner, ...others] = people as [Person, ...Person[]];
  for (const { userId } of others)
    await post(url, `/v1/conversations/${owner.conversationId}/members`, { userId }, owner.token);
  const room = people.map(() => owner.conversationId);
  const taken: Record<'alone' | 'room' | 'apart' | 'http', number[]> = { alone: [], room: [], apart: [], http: [] };
  try {
    await commandsOverSockets(lines, room, sizes);
    await appendsAlone(client, own, sizes);
    for (let round = 0; round < sizes.rounds; round++) {
      taken.alone.push(await appendsAlone(client, own, sizes));
      taken.room.push(await commandsOverSockets(lines, room, sizes));
      taken.apart.push(await commandsOverSockets(lines, own, sizes));
      // What has yet to be brought into the views is none of the next one's affair.
      await caughtUp(url);
      taken.http.push(await commandsOverHttp(url, people, room, sizes));
    }
  } finally {
    for (const line of lines) line.close();
    await client.dispose();
  }
  const alone = median(taken.alone);
  return [
    figure('distributed-commands', median(taken.room), 'commands/s', alone),
    figure('distributed-commands-idle', median(taken.room), 'commands/s', idle),
    figure('distributed-commands-apart', median(taken.apart), 'commands/s', alone),
    figure('distributed-commands-visible', median(taken.http), 'commands/s', alone),
  ];
};

const appendsWhileIdle = async (site: Site, sizes: DistributedSizes): Promise<number> => {
  const client = EventStoreDBClient.connectionString(site.nodeUrl);
  const nowhere = Array.from({ length: sizes.inFlight }, () => randomUUID());
  try {
    await appendsAlone(client, nowhere, sizes);
    return await appendsAlone(client, nowhere, sizes);
  } finally {
    await client.dispose();
  }
};

const caughtUp = async (url: string): Promise<void> => {
  for (;;) {
    const { lag } = (await (await fetch(`${url}/readyz`)).json()) as { lag: number };
    if (lag === 0) return;
    await pause(50);
  }
};

interface Latencies {
  readonly visible: readonly number[];
  readonly pushed: readonly number[];
}

/** Milliseconds from a message's leaving for one process to its being read at, and pushed by, the other. */
const latencies = async (a: string, b: string, sizes: DistributedSizes): Promise<Latencies> => {
  const person = await newPerson(a);
  const [writer, hearer] = [await openLine(a, person, false), await openLine(b, person, true)];
  const visible: number[] = [];
  const pushed: number[] = [];
  try {
    for (let i = 0; i < sizes.messages; i++) {
      const began = performance.now();
      const accepted = Promise.withResolvers<number>();
      const heard = Promise.withResolvers<void>();
      writer.hear = (frame) =>
        frame.type === 'accepted'
          ? accepted.resolve(frame.position)
          : accepted.reject(new Error(JSON.stringify(frame)));
      hearer.hear = ({ message }) => {
        if (message?.text !== `${i}`) return;
        pushed.push(performance.now() - began);
        heard.resolve();
      };
      writer.send({ type: 'send', key: randomUUID(), conversationId: person.conversationId, text: `${i}` });
      const response = await fetch(`${b}/v1/conversations/${person.conversationId}/messages?limit=1`, {
        headers: { Authorization: `Bearer ${person.token}`, 'X-Min-Position': `${await accepted.promise}` },
      });
      const { items } = (await response.json()) as { items?: readonly { text: string }[] };
      if (items?.[0]?.text !== `${i}`) throw new Error(`not read: ${i}`);
      visible.push(performance.now() - began);
      await heard.promise;
      await pause(sizes.pause);
    }
  } finally {
    writer.close();
    hearer.close();
  }
  return { visible, pushed };
};

/** The same through the libraries alone: an append that a live subscription brings, put into MongoDB and read again. */
const latenciesAlone = async (site: Site, sizes: DistributedSizes): Promise<Latencies> => {
  const client = EventStoreDBClient.connectionString(site.nodeUrl);
  const mongo = new MongoClient(site.mongoUrl);
  const docs = mongo
    .db()
    .collection<{ _id: string }>('bench_alone', { writeConcern: { w: 'majority', journal: true } });
  const stream = `alone-${randomUUID()}`;
  const visible: number[] = [];
  const pushed: number[] = [];
  const subscription = client.subscribeToStream(stream, { fromRevision: START });
  let heard: (id: string) => void = () => undefined;
  subscription.on('data', ({ event }) => event && heard(event.id));
  subscription.on('error', () => undefined);
  try {
    for (let i = 0; i < sizes.messages; i++) {
      const event = eventLike(randomUUID(), FILLER);
      const began = performance.now();
      const arrived = new Promise<void>((resolve) => {
        heard = (id) => id === event.id && resolve();
      });
      await client.appendToStream(stream, event, { expectedRevision: i === 0 ? NO_STREAM : BigInt(i - 1) });
      await arrived;
      pushed.push(performance.now() - began);
      await docs.insertOne({ _id: event.id, ...event.data });
      await docs.findOne({ _id: event.id });
      visible.push(performance.now() - began);
      await pause(sizes.pause);
    }
  } finally {
    await subscription.unsubscribe();
    await client.dispose();
    await mongo.close();
  }
  return { visible, pushed };
};

/** Milliseconds from the projecting process's death until a message sent right after is in the views. */
const takeOver = async (site: Site): Promise<number> => {
  const roles = (ROLES: string) => site.start({ ROLES });
  const first = await roles('projector');
  const api = await roles('api');
  await caughtUp(api.url);
  const person = await newPerson(api.url);
  const second = await roles('projector');
  await post(api.url, `/v1/conversations/${person.conversationId}/messages`, { text: 'before' }, person.token);
  await caughtUp(api.url);
  const ended = new Promise((resolve) => first.child.process.once('exit', resolve));
  first.child.process.kill('SIGKILL');
  const began = performance.now();
  await post(api.url, `/v1/conversations/${person.conversationId}/messages`, { text: 'after' }, person.token);
  await caughtUp(api.url);
  const taken = performance.now() - began;
  await ended;
  await Promise.all([api.child.stop(), second.child.stop()]);
  return taken;
};

/** How long a holder of the lease is believed that does not answer, in milliseconds. */
const LEASE = 3000;

/** @throws Error there is no MongoDB server, and why */
export const distributed = async (sizes: DistributedSizes): Promise<readonly Figure[]> => {
  const site = await openSite();
  try {
    const idle = await appendsWhileIdle(site, sizes);
    const taken: number[] = [];
    for (let i = 0; i < sizes.takeOvers; i++) taken.push(await takeOver(site));
    // The one that serves in the benches does not project: what is measured is one process of many.
    const b = await site.start();
    const a = await site.start({ ROLES: 'api' });
    // First, so that both processes are compiled when latencies are taken.
    const commands = await rates(site, a.url, idle, sizes);
    const alone = await latenciesAlone(site, sizes);
    const { visible, pushed } = await latencies(a.url, b.url, sizes);
    return [
      ...commands,
      figure('distributed-visible', quantile(visible, 0.99), 'ms (p99)', quantile(alone.visible, 0.99)),
      figure('distributed-visible-p50', median(visible), 'ms', median(alone.visible)),
      figure('distributed-pushed', quantile(pushed, 0.99), 'ms (p99)', quantile(alone.pushed, 0.99)),
      figure('distributed-pushed-p50', median(pushed), 'ms', median(alone.pushed)),
      figure('distributed-take-over', Math.max(...taken), 'ms (longest)', LEASE),
    ];
  } finally {
    await site.close();
  }
};

if (import.meta.main) console.log(tableOf(await distributed(process.argv.includes('--tiny') ? tiny : full)));

// The client library alone: the reference of everything that is measured on EventStoreDB.

import { randomBytes, randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { MongoClient } from 'mongodb';
import { FILLER } from '../httpLoad.ts';
import type { Site } from './site.ts';

export interface Appends {
  readonly perSecond: number;
  /** Milliseconds of each. */
  readonly latencies: readonly number[];
  /** Milliseconds of a core for each, of the process that appends. */
  readonly cpu: number;
}

/** `inFlight` at a time for so many seconds, one after the other in each lane. Out: the milliseconds of each. */
export const lanes = async (
  inFlight: number,
  seconds: number,
  once: (lane: number, nth: number) => Promise<unknown>,
): Promise<{ readonly perSecond: number; readonly latencies: readonly number[] }> => {
  const started = performance.now();
  const end = started + seconds * 1000;
  const latencies: number[] = [];
  const run = async (lane: number): Promise<void> => {
    for (let [nth, at] = [0, started]; at < end; nth++) {
      await once(lane, nth);
      const before = at;
      at = performance.now();
      latencies.push(at - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => run(lane)));
  return { perSecond: latencies.length / ((performance.now() - started) / 1000), latencies };
};

/** An event with all that a send under a key has in it. The views take it as they take those of that conversation. */
export const eventLike = (conversationId: string, text: string) => {
  const [messageId, senderId] = [randomUUID(), randomUUID()];
  const data = { messageId, conversationId, number: 12345, senderId, receiverId: null, kind: 'text', text };
  const [commandId, commandHash] = [randomUUID(), randomBytes(32).toString('hex')];
  const at = new Date().toISOString();
  const metadata = { v: 1, at, actorId: senderId, correlationId: randomUUID(), commandId, commandHash };
  return jsonEvent({ id: randomUUID(), type: 'MessageSent', data: { ...data, fileId: null }, metadata });
};

/**
 * Appends to a node for so many seconds: each lane to a stream of its own, at the revision it expects, of messages in a
 * conversation of its own.
 */
export const appendsAlone = async (
  client: EventStoreDBClient,
  conversationIds: readonly string[],
  seconds: number,
): Promise<Appends> => {
  const streams = conversationIds.map(() => `messages-${randomUUID()}`);
  const cpu = process.cpuUsage();
  const { perSecond, latencies } = await lanes(streams.length, seconds, (lane, nth) =>
    client.appendToStream(streams[lane]!, eventLike(conversationIds[lane]!, FILLER), {
      expectedRevision: nth === 0 ? NO_STREAM : BigInt(nth - 1),
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond, latencies, cpu: (user + system) / 1000 / latencies.length };
};

/** The names of so many conversations that nobody has. */
export const nowhere = (count: number): readonly string[] => Array.from({ length: count }, () => randomUUID());

export interface Latencies {
  readonly visible: readonly number[];
  readonly pushed: readonly number[];
}

/** Milliseconds from an append until a live subscription brings it, and until it is put into MongoDB and read again. */
export const latenciesAlone = async (
  site: Site,
  messages: number,
  pause: () => Promise<unknown>,
): Promise<Latencies> => {
  const client = EventStoreDBClient.connectionString(site.nodeUrl);
  const mongo = new MongoClient(site.mongoUrl);
  const docs = mongo
    .db()
    .collection<{ _id: string }>('bench_alone', { writeConcern: { w: 'majority', journal: true } });
  const stream = `messages-${randomUUID()}`;
  const visible: number[] = [];
  const pushed: number[] = [];
  const subscription = client.subscribeToStream(stream, { fromRevision: START });
  let heard: (id: string) => void = () => undefined;
  subscription.on('data', ({ event }) => heard(event?.id ?? ''));
  subscription.on('error', () => undefined);
  try {
    for (let i = 0; i < messages; i++) {
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
      await pause();
    }
  } finally {
    await subscription.unsubscribe();
    await client.dispose();
    await mongo.close();
  }
  return { visible, pushed };
};

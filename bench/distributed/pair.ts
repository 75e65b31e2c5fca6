// Two processes on EventStoreDB and MongoDB, beside the client library alone on the same node, while both follow it.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type Figure, figure, median, quantile } from '../figure.ts';
import { FILLER } from '../httpLoad.ts';
import { appendsAlone, type Latencies, lanes, latenciesAlone, nowhere } from './library.ts';
import { caughtUp, type Line, newPerson, openLine, type Person, post } from './people.ts';
import { type DistributedSizes, openSite, type Site } from './site.ts';

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
) =>
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
    await appendsAlone(client, own, sizes.seconds);
    for (let round = 0; round < sizes.rounds; round++) {
      taken.alone.push((await appendsAlone(client, own, sizes.seconds)).perSecond);
      taken.room.push((await commandsOverSockets(lines, room, sizes)).perSecond);
      taken.apart.push((await commandsOverSockets(lines, own, sizes)).perSecond);
      // What has yet to be brought into the views is none of the next one's affair.
      await caughtUp(url);
      taken.http.push((await commandsOverHttp(url, people, room, sizes)).perSecond);
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

const appendsWhileIdle = async (site: Site, { inFlight, seconds }: DistributedSizes): Promise<number> => {
  const client = EventStoreDBClient.connectionString(site.nodeUrl);
  try {
    await appendsAlone(client, nowhere(inFlight), seconds);
    return (await appendsAlone(client, nowhere(inFlight), seconds)).perSecond;
  } finally {
    await client.dispose();
  }
};

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
export const twoProcesses = async (sizes: DistributedSizes): Promise<readonly Figure[]> => {
  const site = await openSite({ mongo: true });
  try {
    const idle = await appendsWhileIdle(site, sizes);
    const taken: number[] = [];
    for (let i = 0; i < sizes.takeOvers; i++) taken.push(await takeOver(site));
    // The one that serves in the benches does not project: what is measured is one process of many.
    const b = await site.start();
    const a = await site.start({ ROLES: 'api' });
    // First, so that both processes are compiled when latencies are taken.
    const commands = await rates(site, a.url, idle, sizes);
    const alone = await latenciesAlone(site, sizes.messages, () => pause(sizes.pause));
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

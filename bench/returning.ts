// Many sockets that come back at the same moment after they missed messages of their room, while somebody else goes on
// sending to another conversation.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Child } from './child.ts';
import { type Figure, figure, quantile } from './figure.ts';
import { openHttpLoad } from './httpLoad.ts';
import type { Server } from './lab.ts';
import { type Ask, type Received, wireTarget } from './receivers.ts';
import type { Seeded } from './seed.ts';
import { hostOf, programTarget } from './target.ts';

/** The seed for so many sockets: the room, whose first person has no socket, and a conversation of that person. */
export const seedFor = (sockets: number) => ({ people: sockets + 1, histories: [1] });

interface Sizes {
  readonly sockets: number;
  readonly missed: number;
  /** Seconds of sends before the sockets come back. */
  readonly seconds: number;
}

/** Seconds within which all must have caught up, and the connections that send what is missed. */
const LONGEST = 5;
const SENDERS = 64;
/** Of what is missed, so that a slow machine has time. */
const PART = 500;

/** The subscription after a position of the log, as the greeting of a socket names it. */
const subscribeAfter = async (url: string, after: number, token: string): Promise<object> => {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, { headers: { Authorization: `Bearer ${token}` } });
  const [ready] = (await once(ws, 'message')) as [Buffer];
  ws.terminate();
  return { type: 'subscribe', after, log: (JSON.parse(String(ready)) as { log: string }).log };
};

const postMessage = async (url: string, path: string, token: string): Promise<number> => {
  const { host, port } = hostOf(url);
  const response = await fetch(`http://${host}:${port}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: '{"text":"before"}',
  });
  return ((await response.json()) as { position: number }).position;
};

/** `receivers`: a process that runs `receivers.ts`. */
export const returning = async (
  name: string,
  { url, child }: Server,
  { people, roomId, historyIds }: Pick<Seeded, 'people' | 'roomId' | 'historyIds'>,
  receivers: Child,
  { sockets, missed, seconds }: Sizes,
): Promise<readonly Figure[]> => {
  const room = programTarget(url, people, roomId);
  const load = await openHttpLoad(room, Math.min(SENDERS, sockets), 1);
  // Opened when it is needed: the server closes a connection that is idle for long.
  const openOther = () => openHttpLoad(programTarget(url, people, historyIds[0]!), 1);
  let other = await openOther();
  try {
    await other.closed(seconds);
    const before = await other.closed(seconds);
    other.close();
    const after = await postMessage(url, `/v1/conversations/${roomId}/messages`, people[0]!.accessToken);
    for (let left = missed; left > 0; left -= PART) await load.count(Math.min(left, PART));
    const headers = people.slice(1, sockets + 1).map((_, i) => room.socketHeaders(i + 1));
    const subscribe = await subscribeAfter(url, after, people[0]!.accessToken);
    const target = { ...wireTarget(room, 0), headers };
    const question: Ask = { ask: 'return', target, subscribe, messages: missed };
    other = await openOther();
    const cpuBefore = await child.ask<number>({ ask: 'cpu' });
    const began = performance.timeOrigin + performance.now();
    const back = receivers.ask<Received>(question).then(({ at }) => (at - began) / 1000);
    const during: number[] = [];
    let taken: number | undefined;
    void back.then(
      (result) => {
        taken = result;
      },
      () => (taken = Infinity),
    );
    while (taken === undefined) during.push(...(await other.count(5)).latencies);
    const longest = await back;
    const cpu = (await child.ask<number>({ ask: 'cpu' })) - cpuBefore;
    return [
      figure(name, longest, 's (longest)', LONGEST),
      figure(`${name}-cpu`, cpu, 's of a core', LONGEST),
      figure(`${name}-others`, quantile(during, 0.99), 'ms (p99)', quantile(before.latencies, 0.99)),
    ];
  } finally {
    other.close();
    load.close();
    await receivers.stop();
  }
};

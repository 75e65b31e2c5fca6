// Sends over HTTP to one process on EventStoreDB with embedded views, beside the client library alone on a node of its own,
// which nobody follows.

import { EventStoreDBClient } from '@eventstore/db-client';
import type { Child } from '../child.ts';
import { type Figure, figure, median, quantile } from '../figure.ts';
import { openHttpLoad } from '../httpLoad.ts';
import { programTarget, type Target } from '../target.ts';
import { type Appends, appendsAlone, nowhere } from './library.ts';
import { type DistributedSizes, openSite } from './site.ts';

const LOADS = ['one', 'room', 'own'] as const;
type Load = (typeof LOADS)[number];

/** Milliseconds of a core are those of the server's process. */
const sendTo = async (child: Child, target: Target, connections: number, seconds: number): Promise<Appends> => {
  const load = await openHttpLoad(target, connections);
  try {
    const before = await child.ask<number>({ ask: 'cpu' });
    const { acknowledged, seconds: taken, latencies } = await load.closed(seconds);
    const used = (await child.ask<number>({ ask: 'cpu' })) - before;
    return { perSecond: acknowledged / taken, latencies, cpu: (used * 1000) / acknowledged };
  } finally {
    load.close();
  }
};

const figuresOf = (load: Load, ours: readonly Appends[], alone: readonly Appends[]): readonly Figure[] => {
  const name = `distributed-sends-${load}`;
  const rates = (of: readonly Appends[]) => median(of.map(({ perSecond }) => perSecond));
  const at = (of: readonly Appends[], q: number) => median(of.map(({ latencies }) => quantile(latencies, q)));
  const cpu = (of: readonly Appends[]) => median(of.map((each) => each.cpu));
  return [
    figure(name, rates(ours), 'sends/s', rates(alone)),
    figure(`${name}-p50`, at(ours, 0.5), 'ms', at(alone, 0.5)),
    figure(`${name}-p99`, at(ours, 0.99), 'ms (p99)', at(alone, 0.99)),
    figure(`${name}-cpu`, cpu(ours), 'ms of a core', cpu(alone)),
  ];
};

export const sendsOnEventStoreDb = async (sizes: DistributedSizes): Promise<readonly Figure[]> => {
  const [site, bare] = [await openSite(), await openSite()];
  const client = EventStoreDBClient.connectionString(bare.nodeUrl);
  try {
    const { inFlight, rounds, seconds } = sizes;
    const { dataDir, people, roomId, ownIds } = await site.seed({ people: inFlight, histories: [], own: true });
    const { url, child } = await site.start({ DATA_DIR: dataDir });
    const [room, own] = [programTarget(url, people, roomId), programTarget(url, people, ownIds)];
    const loads: Record<Load, (seconds: number) => Promise<Appends>> = {
      one: (time) => sendTo(child, own, 1, time),
      room: (time) => sendTo(child, room, inFlight, time),
      own: (time) => sendTo(child, own, inFlight, time),
    };
    const alone = (lanes: number, time = seconds) => appendsAlone(client, nowhere(lanes), time);
    await alone(inFlight);
    for (const load of LOADS) await loads[load](seconds);
    const ours: Record<Load, Appends[]> = { one: [], room: [], own: [] };
    const theirs: { one: Appends[]; many: Appends[] } = { one: [], many: [] };
    for (let round = 0; round < rounds; round++) {
      theirs.one.push(await alone(1));
      ours.one.push(await loads.one(seconds));
      ours.room.push(await loads.room(seconds));
      theirs.many.push(await alone(inFlight));
      ours.own.push(await loads.own(seconds));
    }
    return LOADS.flatMap((load) => figuresOf(load, ours[load], load === 'one' ? theirs.one : theirs.many));
  } finally {
    await client.dispose();
    await Promise.all([site.close(), bare.close()]);
  }
};

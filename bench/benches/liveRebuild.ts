// rebuild-p99: milliseconds from the moment a message is due to be sent until its answer, while the views are rebuilt; the
// reference is the same server at the same rate without a rebuild. The server has one core for both.

import { askServer } from '../../src/verbChannel.ts';
import { alternating, type Figure, figure, quantile } from '../figure.ts';
import { type HttpLoad, openHttpLoad } from '../httpLoad.ts';
import type { Lab } from '../lab.ts';
import { programTarget } from '../target.ts';

/** Of what the server can take at most. */
const SHARE = 0.5;

const latencies = async (load: HttpLoad, perSecond: number, seconds: number): Promise<readonly number[]> =>
  (await load.open(perSecond, seconds, () => undefined)).latencies;

/** The verb asks the server that has the folder; it ends with the rebuild. */
const whileRebuilding = async <T>(dataDir: string, work: () => Promise<T>): Promise<readonly T[]> => {
  let isOver = false;
  const rebuilt = askServer(dataDir, 'rebuild').finally(() => {
    isOver = true;
  });
  const results: T[] = [];
  do results.push(await work());
  while (!isOver);
  await rebuilt;
  return results;
};

export const liveRebuild = async (lab: Lab): Promise<readonly Figure[]> => {
  const { connections, messages, rounds, seconds, warmUp } = lab.sizes;
  const { dataDir, people, roomId } = await lab.seeded({ people: connections, histories: [messages] });
  const { url, child } = await lab.program(dataDir);
  const load = await openHttpLoad(programTarget(url, people, roomId), connections);
  try {
    await load.closed(warmUp);
    const { acknowledged, seconds: taken } = await load.closed(seconds);
    const perSecond = (acknowledged / taken) * SHARE;
    const { ones, others } = await alternating(
      rounds,
      () => whileRebuilding(dataDir, () => latencies(load, perSecond, seconds / 3)),
      () => latencies(load, perSecond, seconds),
    );
    return [figure('rebuild-p99', quantile(ones.flat(2), 0.99), 'ms', quantile(others.flat(), 0.99))];
  } finally {
    load.close();
    await child.stop();
  }
};

// rebuild-sends, rebuild-reads: milliseconds (p99) from the moment a message or a read of a page is due until its answer,
// while the views are rebuilt; the reference is the same server under the same load without a rebuild. The server has one
// core for all of it.

import { askServer } from '../../src/verbChannel.ts';
import { alternating, type Figure, figure, quantile } from '../figure.ts';
import { openHttpLoad } from '../httpLoad.ts';
import type { Lab } from '../lab.ts';
import { programTarget } from '../target.ts';

/** Of the messages of `rebuild`: under load a rebuild takes many times as long. */
const PART = 0.1;
/**
 * Of the messages that the server can take at most, when it writes dozens at once. Here most come alone: with the reads they keep
 * the core busy for half of the time, and a quarter of the messages for all of it.
 */
const SHARE = 0.1;
const READS = { perSecond: 100, connections: 4 } as const;

interface Delays {
  readonly sends: readonly number[];
  readonly reads: readonly number[];
}

/** Works until the rebuild has ended, which the server is asked for as the verb does. */
const whileRebuilding = async (dataDir: string, work: () => Promise<Delays>): Promise<readonly Delays[]> => {
  let isOver = false;
  const rebuilt = askServer(dataDir, 'rebuild').finally(() => {
    isOver = true;
  });
  const all: Delays[] = [];
  do all.push(await work());
  while (!isOver);
  await rebuilt;
  return all;
};

export const liveRebuild = async (lab: Lab): Promise<readonly Figure[]> => {
  const { connections, messages, rounds, seconds, warmUp } = lab.sizes;
  const { dataDir, people, roomId, historyIds } = await lab.seeded({
    people: connections,
    histories: [Math.ceil(messages * PART)],
  });
  const { url, child } = await lab.program(dataDir);
  const target = programTarget(url, people, roomId);
  const page = (who: number) =>
    `GET /v1/conversations/${historyIds[0]}/messages?limit=50 HTTP/1.1\r\nHost: bench\r\n` +
    `Authorization: Bearer ${people[who]!.accessToken}\r\n\r\n`;
  const sending = await openHttpLoad(target, connections);
  await sending.closed(warmUp);
  const { acknowledged, seconds: taken } = await sending.closed(seconds);
  // The first person alone is a member of the history.
  const reading = await openHttpLoad({ ...target, request: () => page(0) }, READS.connections);
  try {
    const perSecond = (acknowledged / taken) * SHARE;
    const under = async (time: number): Promise<Delays> => {
      const [sends, reads] = await Promise.all([
        sending.open(perSecond, time, () => undefined),
        reading.open(READS.perSecond, time, () => undefined),
      ]);
      return { sends: sends.latencies, reads: reads.latencies };
    };
    await under(seconds);
    const { ones, others } = await alternating(
      rounds,
      () => whileRebuilding(dataDir, () => under(seconds / 3)),
      () => under(seconds),
    );
    const p99 = (all: readonly Delays[], of: keyof Delays) =>
      quantile(
        all.flatMap((each) => each[of]),
        0.99,
      );
    return [
      figure('rebuild-sends', p99(ones.flat(), 'sends'), 'ms (p99)', p99(others, 'sends')),
      figure('rebuild-reads', p99(ones.flat(), 'reads'), 'ms (p99)', p99(others, 'reads')),
    ];
  } finally {
    sending.close();
    reading.close();
    await child.stop();
  }
};

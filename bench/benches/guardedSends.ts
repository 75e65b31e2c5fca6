// guarded-sends: messages a second over HTTP, with the log sealed after each turn, beside the same program with a history
// that neither chains nor encrypts nor seals. guarded-sends-cpu: the same by the seconds on the core.

import { askServer } from '../../src/verbChannel.ts';
import { alternating, type Figure, figure, median } from '../figure.ts';
import { openHttpLoad } from '../httpLoad.ts';
import type { Lab, Server } from '../lab.ts';
import { programTarget, type Target } from '../target.ts';

/** Of each side in a round. */
const TURNS = 3;

interface Side {
  readonly server: Server;
  readonly target: Target;
  /** Makes provable what was sent. */
  readonly seal: () => Promise<unknown>;
}

interface Sent {
  readonly perSecond: number;
  readonly perCoreSecond: number;
}

const turnOf = async ({ server, target, seal }: Side, connections: number, seconds: number): Promise<Sent> => {
  const cpu = () => server.child.ask<number>({ ask: 'cpu' });
  const load = await openHttpLoad(target, connections);
  try {
    const [used, started] = [await cpu(), performance.now()];
    const { acknowledged } = await load.closed(seconds);
    await seal();
    const taken = (performance.now() - started) / 1000;
    return { perSecond: acknowledged / taken, perCoreSecond: acknowledged / ((await cpu()) - used) };
  } finally {
    load.close();
  }
};

export const guardedSends = async (lab: Lab): Promise<readonly Figure[]> => {
  const { connections, rounds, seconds, warmUp } = lab.sizes;
  const sideOf = async (isPlain: boolean): Promise<Side> => {
    const { dataDir, people, roomId } = await lab.seeded({ people: connections, histories: [] });
    // A check in the background would take its share of one turn or the other.
    const server = await lab.program(dataDir, { isPlain, settings: { VIEW_CHECK: '0' } });
    const target = programTarget(server.url, people, roomId);
    return { server, target, seal: async () => !isPlain && askServer(dataDir, 'seal') };
  };
  /** Two processes of the same program differ by more than what is measured, so each round has new ones. */
  const round = async (): Promise<{ readonly ones: readonly Sent[]; readonly others: readonly Sent[] }> => {
    const [guarded, plain] = [await sideOf(false), await sideOf(true)];
    try {
      for (const side of [guarded, plain]) await turnOf(side, connections, warmUp);
      return await alternating(
        TURNS,
        () => turnOf(guarded, connections, seconds),
        () => turnOf(plain, connections, seconds),
      );
    } finally {
      for (const { server } of [guarded, plain]) await server.child.stop();
    }
  };
  const [ones, others]: [Sent[], Sent[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    const sent = await round();
    ones.push(...sent.ones);
    others.push(...sent.others);
  }
  const of = (sent: readonly Sent[], what: keyof Sent): number => median(sent.map((each) => each[what]));
  return [
    figure('guarded-sends', of(ones, 'perSecond'), 'messages/s', of(others, 'perSecond')),
    figure('guarded-sends-cpu', of(ones, 'perCoreSecond'), 'messages/core s', of(others, 'perCoreSecond')),
  ];
};

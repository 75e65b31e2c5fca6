// latency: from the moment a message is due to be sent until it arrives at a socket, at half the rate of `sending`. The
// bench does not wait for answers before it sends, so waiting counts.

import { alternating, type Figure, figure, median, quantile } from '../figure.ts';
import { openHttpLoad } from '../httpLoad.ts';
import type { Lab } from '../lab.ts';
import { openRoomSocket } from '../roomSocket.ts';
import type { Target } from '../target.ts';
import { medianOf, sending, sidesOf } from './sending.ts';

interface Delays {
  readonly p50: number;
  readonly p99: number;
}

const round = async (target: Target, connections: number, perSecond: number, seconds: number): Promise<Delays> => {
  const socket = await openRoomSocket(target, 0);
  const load = await openHttpLoad(target, connections);
  const dueAt = new Map<number, number>();
  const delays: number[] = [];
  socket.onMessage = (number, at) => {
    const due = dueAt.get(number);
    if (due !== undefined) delays.push(at - due);
  };
  try {
    await load.open(perSecond, seconds / 4, () => undefined);
    const { acknowledged } = await load.open(perSecond, seconds, (number, due) => dueAt.set(number, due));
    await socket.has(Math.max(1, Math.round((perSecond * seconds) / 4)) + acknowledged);
    return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
  } finally {
    load.close();
    socket.close();
  }
};

export const latency = async (lab: Lab): Promise<readonly Figure[]> => {
  const sent = await sending(lab);
  const { program, bare } = await sidesOf(lab);
  const { rounds, connections, seconds } = lab.sizes;
  const { ones, others } = await alternating(
    rounds,
    () => round(program.target, connections, medianOf(sent.program, 'perSecond') / 2, seconds),
    () => round(bare.target, connections, medianOf(sent.bare, 'perSecond') / 2, seconds),
  );
  const of = (delays: readonly Delays[], name: keyof Delays) => median(delays.map((each) => each[name]));
  return [
    figure('latency', of(ones, 'p50'), 'ms (p50)', of(others, 'p50')),
    figure('latency-p99', of(ones, 'p99'), 'ms (p99)', of(others, 'p99')),
  ];
};

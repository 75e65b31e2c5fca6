// sends: messages a second over HTTP, each durable, its sender signed in and found a member, visible at the answer, and
// pushed to a socket of the room. sends-cpu: the same by the seconds that the server was on its core, which does not
// depend on who else uses the machine. loop-delay: how long the event loop is held up meanwhile.

import { alternating, type Figure, figure, median } from '../figure.ts';
import { openHttpLoad } from '../httpLoad.ts';
import type { Lab, Server } from '../lab.ts';
import { openRoomSocket } from '../roomSocket.ts';
import { bareTarget, hostOf, type Person, programTarget, type Target } from '../target.ts';

export interface Side {
  readonly server: Server;
  readonly target: Target;
}

/** The program and the reference, with the same people in the same room; both on the server's core. */
export interface Sides {
  readonly program: Side;
  readonly bare: Side;
  readonly people: readonly Person[];
  readonly roomId: string;
}

export const sidesOf = (lab: Lab): Promise<Sides> =>
  lab.once('sides', async () => {
    const { dataDir, people, roomId } = await lab.seeded({ people: lab.sizes.connections, histories: [] });
    const program = await lab.program(dataDir);
    const bare = await lab.bare();
    return {
      program: { server: program, target: programTarget(program.url, people, roomId) },
      bare: { server: bare, target: bareTarget(bare.url, people) },
      people,
      roomId,
    };
  });

interface Sent {
  readonly perSecond: number;
  readonly perCoreSecond: number;
  /** Milliseconds, the 99th percentile. */
  readonly loopDelay: number;
  /** Messages acknowledged in all. */
  readonly messages: number;
}

/** Load for a while; every message that was acknowledged must have come over the socket. */
const round = async (
  { server, target }: Side,
  connections: number,
  seconds: number,
  warmUp = seconds / 6,
): Promise<Sent> => {
  const socket = await openRoomSocket(target, 0);
  const load = await openHttpLoad(target, connections);
  try {
    const warm = await load.closed(warmUp);
    await server.child.ask({ ask: 'watch-loop' });
    const cpu = await server.child.ask<number>({ ask: 'cpu' });
    const { acknowledged, seconds: taken } = await load.closed(seconds);
    const loopDelay = await server.child.ask<number>({ ask: 'loop-delay' });
    const used = (await server.child.ask<number>({ ask: 'cpu' })) - cpu;
    const messages = warm.acknowledged + acknowledged;
    await socket.has(messages);
    return { perSecond: acknowledged / taken, perCoreSecond: acknowledged / used, loopDelay, messages };
  } finally {
    load.close();
    socket.close();
  }
};

/** How many messages the room has, as a reader sees it. */
const visibleIn = async ({ program, people, roomId }: Sides): Promise<number> => {
  const { host, port } = hostOf(program.server.url);
  const response = await fetch(`http://${host}:${port}/v1/conversations/${roomId}/messages?limit=1`, {
    headers: { Authorization: `Bearer ${people[0]!.accessToken}` },
  });
  const { items } = (await response.json()) as { items: readonly { seq: number }[] };
  return items[0]?.seq ?? 0;
};

export const sending = (lab: Lab): Promise<{ program: Sent[]; bare: Sent[] }> =>
  lab.once('sending', async () => {
    const sides = await sidesOf(lab);
    const { rounds, connections, seconds, warmUp } = lab.sizes;
    const warm = (turn: number) => (turn === 0 ? warmUp : undefined);
    const { ones, others } = await alternating(
      rounds,
      (turn) => round(sides.program, connections, seconds, warm(turn)),
      (turn) => round(sides.bare, connections, seconds, warm(turn)),
    );
    const acknowledged = ones.reduce((sum, { messages }) => sum + messages, 0);
    const visible = await visibleIn(sides);
    if (visible !== acknowledged) throw new Error(`${acknowledged} messages were acknowledged, ${visible} are there`);
    return { program: ones, bare: others };
  });

export const medianOf = (sent: readonly Sent[], of: Exclude<keyof Sent, 'messages'>): number =>
  median(sent.map((each) => each[of]));

export const sends = async (lab: Lab): Promise<readonly Figure[]> => {
  const { program, bare } = await sending(lab);
  return [
    figure('sends', medianOf(program, 'perSecond'), 'messages/s', medianOf(bare, 'perSecond')),
    figure('sends-cpu', medianOf(program, 'perCoreSecond'), 'messages/core s', medianOf(bare, 'perCoreSecond')),
  ];
};

export const loopDelay = async (lab: Lab): Promise<readonly Figure[]> => {
  const { program, bare } = await sending(lab);
  return [figure('loop-delay', medianOf(program, 'loopDelay'), 'ms (p99)', medianOf(bare, 'loopDelay'))];
};

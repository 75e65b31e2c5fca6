// deliveries: messages a second that reach the sockets of one room, each message sent over HTTP when the one before is
// answered. The reference: a loop of `ws` over as many sockets, with frames of the same size and nothing else to do.

import { alternating, type Figure, figure, median } from '../figure.ts';
import { openHttpLoad } from '../httpLoad.ts';
import type { Lab } from '../lab.ts';
import { type Ask, type Received, wireTarget } from '../receivers.ts';
import { openRoomSocket } from '../roomSocket.ts';
import { bareLoopTarget, programTarget, type Target } from '../target.ts';

/** Sockets in all, and messages a second times sockets. */
const round = async (lab: Lab, target: Target): Promise<number> => {
  const { sockets, told } = lab.sizes;
  const receivers = lab.script('receivers.ts', [], 'load');
  const ask = (question: Ask): Promise<Received> => receivers.ask<Received>(question);
  try {
    await ask({ ask: 'open', target: wireTarget(target, sockets) });
    const load = await openHttpLoad(target, 1);
    const warmUp = Math.ceil(told / 10);
    await load.count(warmUp);
    await ask({ ask: 'expect', messages: warmUp });
    const received = ask({ ask: 'expect', messages: warmUp + told });
    const started = performance.timeOrigin + performance.now();
    await load.count(told);
    const { at } = await received;
    load.close();
    await ask({ ask: 'close' });
    return (told * sockets) / ((at - started) / 1000);
  } finally {
    await receivers.stop();
  }
};

export const deliveries = async (lab: Lab): Promise<readonly Figure[]> => {
  const { dataDir, people, roomId } = await lab.seeded({ people: lab.sizes.sockets, histories: [] });
  const server = await lab.program(dataDir);
  const bare = await lab.bare();
  const target = programTarget(server.url, people, roomId);
  const frame = await frameOf(target);
  const { ones, others } = await alternating(
    lab.sizes.rounds,
    () => round(lab, target),
    () => round(lab, bareLoopTarget(bare.url, people, frame)),
  );
  await Promise.all([server.child.stop(), bare.child.stop()]);
  return [figure('deliveries', median(ones), 'messages/s', median(others))];
};

/** A message as the program writes it to a socket. */
const frameOf = async (target: Target): Promise<string> => {
  const socket = await openRoomSocket(target, 0);
  const load = await openHttpLoad(target, 1);
  await load.count(1);
  await socket.has(1);
  load.close();
  socket.close();
  return socket.last;
};

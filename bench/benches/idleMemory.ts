// idle-memory: what one open socket that is signed in and hears its conversations keeps resident, in kilobytes, after
// everything unused is collected. The reference: a socket of bare `ws`.

import { alternating, type Figure, figure, median } from '../figure.ts';
import type { Lab, Server } from '../lab.ts';
import { type Ask, wireTarget } from '../receivers.ts';
import { bareTarget, programTarget, type Target } from '../target.ts';

/** Kilobytes a socket, of a server that has just been started. */
const round = async (lab: Lab, server: Server, target: Target): Promise<number> => {
  const receivers = lab.script('receivers.ts', [], 'load');
  const { idleSockets } = lab.sizes;
  const open = async (count: number): Promise<void> => {
    await receivers.ask({ ask: 'open', target: wireTarget(target, count) } satisfies Ask);
  };
  try {
    // What the first sockets cost is the code they run, and not theirs.
    await open(Math.ceil(idleSockets / 20));
    await receivers.ask({ ask: 'close' } satisfies Ask);
    const before = await server.child.ask<number>({ ask: 'memory' });
    await open(idleSockets);
    const after = await server.child.ask<number>({ ask: 'memory' });
    return (after - before) / idleSockets / 1000;
  } finally {
    await receivers.stop();
    await server.child.stop();
  }
};

export const idleMemory = async (lab: Lab): Promise<readonly Figure[]> => {
  const seed = { people: lab.sizes.idleSockets, histories: [] };
  const { ones, others } = await alternating(
    lab.sizes.rounds,
    async () => {
      const { dataDir, people, roomId } = await lab.seeded(seed);
      const server = await lab.program(dataDir);
      return round(lab, server, programTarget(server.url, people, roomId));
    },
    async () => {
      const { people } = await lab.seeded(seed);
      const server = await lab.bare();
      return round(lab, server, bareTarget(server.url, people));
    },
  );
  return [figure('idle-memory', median(ones), 'kB/socket', median(others))];
};

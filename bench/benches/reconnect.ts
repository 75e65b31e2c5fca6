// reconnect: seconds until the last of many sockets has caught up that come back at once. reconnect-others: what somebody
// else's sends take meanwhile, beside what they took before.

import type { Figure } from '../figure.ts';
import type { Lab } from '../lab.ts';
import { returning, seedFor } from '../returning.ts';

export const reconnect = async (lab: Lab): Promise<readonly Figure[]> => {
  const { sockets, missed, seconds } = lab.sizes;
  const { dataDir, ...seeded } = await lab.seeded(seedFor(sockets));
  const server = await lab.program(dataDir);
  const receivers = lab.script('receivers.ts', [], 'load');
  const figures = await returning('reconnect', server, seeded, receivers, { sockets, missed, seconds });
  await server.child.stop();
  return figures;
};

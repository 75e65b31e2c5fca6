// ready: seconds from the start of the process until `/readyz` answers 200, with a long history in the store. The
// reference: a Node that opens the same file and asks for its last event.

import { get } from 'node:http';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import { alternating, type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';

const WAIT = 60_000;

const statusOf = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });

const openFile = `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[1]);
  db.prepare('SELECT max(position) FROM events').get();
  db.close();
`;

export const ready = async (lab: Lab): Promise<readonly Figure[]> => {
  const { messages, fewMessages, rounds } = lab.sizes;
  const { dataDir } = await lab.seeded({ people: 1, histories: [fewMessages, messages] });

  const program = async (): Promise<number> => {
    const { url, child } = await lab.program(dataDir);
    while ((await statusOf(`${url}/readyz`)) !== 200) {
      if (performance.now() - child.startedAt > WAIT) throw new Error('the program does not become ready');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const seconds = (performance.now() - child.startedAt) / 1000;
    await child.stop();
    return seconds;
  };
  const bare = async (): Promise<number> => {
    const child = startChild(['-e', openFile, join(dataDir, 'events.db')], { on: lab.cores.server });
    await child.output();
    return (performance.now() - child.startedAt) / 1000;
  };

  const { ones, others } = await alternating(rounds, program, bare);
  return [figure('ready', median(ones), 's', median(others))];
};

// page: milliseconds for the last 50 messages of a long conversation, over HTTP; the reference is a short one.

import { Agent, get } from 'node:http';
import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';

export const page = async (lab: Lab): Promise<readonly Figure[]> => {
  const { messages, fewMessages, pages } = lab.sizes;
  const { dataDir, people, historyIds } = await lab.seeded({ people: 1, histories: [fewMessages, messages] });
  const server = await lab.program(dataDir);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const [fewId = '', manyId = ''] = historyIds;

  const read = (conversationId: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const url = `${server.url}/v1/conversations/${conversationId}/messages?limit=50`;
      const headers = { Authorization: `Bearer ${people[0]!.accessToken}` };
      get(url, { agent, headers }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - started);
          else reject(new Error(`a page was answered with ${response.statusCode}`));
        });
      }).on('error', reject);
    });

  const few: number[] = [];
  const many: number[] = [];
  for (let i = -pages; i < pages; i++) {
    const [one, other] = [await read(fewId), await read(manyId)];
    if (i < 0) continue;
    few.push(one);
    many.push(other);
  }
  agent.destroy();
  await server.child.stop();
  return [figure('page', median(many), 'ms', median(few))];
};

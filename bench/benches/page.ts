// page: milliseconds for the last 50 messages of a long conversation, over HTTP; the reference is a short one.
// sync: milliseconds for all that a client of many conversations shows when it starts; the reference is a page of them.
// marked-page: a page of 50 messages with three reactions each, one of them the reader's; the reference is the same page without them.
// past-page: the same page of the long one as it was when it was half as long; the reference is that of now.

import { Agent, request } from 'node:http';
import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';
import type { Seed } from '../seed.ts';

const fetchText = (agent: Agent, url: string, token: string, method = 'GET'): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: { Authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .on('end', () => {
          if (response.statusCode! < 300) resolve(text);
          else reject(new Error(`${method} was answered with ${response.statusCode}`));
        });
    });
    sent.on('error', reject).end();
  });

/** `by`: which of the people. Default: the one whose pages are taken. */
type Ask = (path: string, method?: string, by?: number) => Promise<string>;

/** Median milliseconds of two pages, read in turn. `pathsOf`: theirs, by those of a short conversation and a long one. */
const inTurn = async (
  lab: Lab,
  pathsOf: (few: string, many: string, ask: Ask) => Promise<readonly [string, string]>,
  { people: count = 1, histories = [lab.sizes.fewMessages, lab.sizes.messages] }: Partial<Seed> = {},
): Promise<readonly [number, number]> => {
  const { pages } = lab.sizes;
  const { dataDir, people, historyIds } = await lab.seeded({ people: count, histories });
  const server = await lab.program(dataDir);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const [few = '', many = ''] = historyIds.map((id) => `/v1/conversations/${id}/messages?limit=50`);
  const ask: Ask = (path, method, by = 0) => fetchText(agent, server.url + path, people[by]!.accessToken, method);
  const timed = async (path: string): Promise<number> => {
    const started = performance.now();
    await ask(path);
    return performance.now() - started;
  };
  const paths = await pathsOf(few, many, ask);
  const taken: [number[], number[]] = [[], []];
  for (let i = -pages; i < pages; i++)
    for (const [which, path] of paths.entries()) {
      const milliseconds = await timed(path);
      if (i >= 0) taken[which]!.push(milliseconds);
    }
  agent.destroy();
  await server.child.stop();
  return [median(taken[0]), median(taken[1])];
};

export const page = async (lab: Lab): Promise<readonly Figure[]> => {
  const [few, many] = await inTurn(lab, async (few, many) => [few, many]);
  return [figure('page', many, 'ms', few)];
};

export const markedPage = async (lab: Lab): Promise<readonly Figure[]> => {
  const { fewMessages } = lab.sizes;
  const mark = async (path: string, _: string, ask: Ask): Promise<readonly [string, string]> => {
    const { items } = JSON.parse(await ask(path)) as { items: { id: string; conversationId: string }[] };
    await ask(`/v1/conversations/${items[0]!.conversationId}/join`, 'POST', 1);
    for (const { id, conversationId } of items)
      for (const [i, emoji] of ['👍', '❤️', '🎉'].entries()) {
        const reactions = `/v1/conversations/${conversationId}/messages/${id}/reactions`;
        await ask(`${reactions}/${encodeURIComponent(emoji)}`, 'PUT', Math.min(i, 1));
      }
    return [path, `${path}&before=${fewMessages - items.length + 1}`];
  };
  const [marked, plain] = await inTurn(lab, mark, { people: 2, histories: [fewMessages] });
  return [figure('marked-page', marked, 'ms', plain)];
};

export const pastPage = async (lab: Lab): Promise<readonly Figure[]> => {
  const [now, then] = await inTurn(lab, async (_, many, read) => {
    const middle = Math.floor(lab.sizes.messages / 2);
    const { items } = JSON.parse(await read(`${many}&around=${middle}`)) as { items: { position: number }[] };
    return [many, `${many}&asOf=${items[0]!.position}`];
  });
  return [figure('past-page', then, 'ms', now)];
};

export const sync = async (lab: Lab): Promise<readonly Figure[]> => {
  const paths = ['/v1/conversations?limit=50', '/v1/sync?conversations=50'] as const;
  const histories = Array.from({ length: lab.sizes.conversations }, () => lab.sizes.told);
  const [page, all] = await inTurn(lab, async () => paths, { histories });
  return [figure('sync', all, 'ms', page)];
};

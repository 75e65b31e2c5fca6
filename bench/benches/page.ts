// page: milliseconds for the last 50 messages of a long conversation, over HTTP; the reference is a short one.
// sync: milliseconds for all that a client of many conversations shows when it starts; the reference is a page of them.
// marked-page: a page of 50 messages with three reactions each, one of them the reader's; the reference is the same page without them.
// full-page: a page of 50 messages each of which also quotes another one and begins a thread; the reference is a page of those that they quote.
// past-page: the same page of the long one as it was when it was half as long; the reference is that of now.

import { Agent, request } from 'node:http';
import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';
import type { Seed } from '../seed.ts';

interface Asking {
  readonly method?: string;
  /** Which of the people. Default: the one whose pages are taken. */
  readonly by?: number;
  readonly json?: unknown;
}

const fetchText = (agent: Agent, url: string, token: string, { method = 'GET', json }: Asking): Promise<string> =>
  new Promise((resolve, reject) => {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const headers = { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) };
    const sent = request(url, { agent, method, headers }, (response) => {
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
    sent.on('error', reject).end(body);
  });

type Ask = (path: string, asking?: Asking) => Promise<string>;

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
  const ask: Ask = (path, asking = {}) =>
    fetchText(agent, server.url + path, people[asking.by ?? 0]!.accessToken, asking);
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

interface Shown {
  readonly id: string;
  readonly text: string;
  readonly conversationId: string;
}

/** The second of the people joins first. */
const messagesOn = async (path: string, ask: Ask): Promise<readonly Shown[]> => {
  const { items } = JSON.parse(await ask(path)) as { items: Shown[] };
  await ask(`/v1/conversations/${items[0]!.conversationId}/join`, { method: 'POST', by: 1 });
  return items;
};

/** Three emoji on each of the messages, by two people. */
const react = async (ask: Ask, messages: readonly Shown[]): Promise<void> => {
  for (const { id, conversationId } of messages)
    for (const [i, emoji] of ['👍', '❤️', '🎉'].entries()) {
      const reactions = `/v1/conversations/${conversationId}/messages/${id}/reactions`;
      await ask(`${reactions}/${encodeURIComponent(emoji)}`, { method: 'PUT', by: Math.min(i, 1) });
    }
};

export const markedPage = async (lab: Lab): Promise<readonly Figure[]> => {
  const { fewMessages } = lab.sizes;
  const mark = async (path: string, _: string, ask: Ask): Promise<readonly [string, string]> => {
    const items = await messagesOn(path, ask);
    await react(ask, items);
    return [path, `${path}&before=${fewMessages - items.length + 1}`];
  };
  const [marked, plain] = await inTurn(lab, mark, { people: 2, histories: [fewMessages] });
  return [figure('marked-page', marked, 'ms', plain)];
};

export const fullPage = async (lab: Lab): Promise<readonly Figure[]> => {
  const { fewMessages } = lab.sizes;
  const fill = async (path: string, _: string, ask: Ask): Promise<readonly [string, string]> => {
    const quoted = await messagesOn(path, ask);
    const say = async ({ text, by, ...more }: { text: string; by?: number; replyTo?: string; threadId?: string }) =>
      JSON.parse(
        await ask(path.replace(/\?.*/, ''), { method: 'POST', by: by ?? 0, json: { text, ...more } }),
      ) as Shown;
    const roots: Shown[] = [];
    for (const { id: replyTo, text } of quoted) roots.push(await say({ text, replyTo }));
    for (const [by, text] of ['Yes.', 'No.'].entries())
      for (const { id: threadId } of roots) await say({ text, by, threadId });
    await react(ask, roots);
    return [`${path}&before=${fewMessages + roots.length + 1}`, `${path}&before=${fewMessages + 1}`];
  };
  const [full, plain] = await inTurn(lab, fill, { people: 2, histories: [fewMessages] });
  return [figure('full-page', full, 'ms', plain)];
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

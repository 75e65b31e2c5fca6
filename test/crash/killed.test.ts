// kill -9 at any moment under load: whatever was acknowledged is there once, in order, and every socket heard it once.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { runVerb, startServer, temporaryDirectory } from '../support/cli.ts';
import { viewsDump } from '../support/viewsDump.ts';

const ROUNDS = 8;
const SENDERS = 6;

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let env: Record<string, string>;
let server: { url: string; child: ChildProcess };

beforeAll(async () => {
  home = await temporaryDirectory();
  env = { DATA_DIR: join(home.path, 'data') };
  server = await startServer(env);
});
afterAll(async () => {
  server.child.kill('SIGKILL');
  await home.remove();
});

const post = async (path: string, body: unknown, token?: string, key?: string) => {
  const headers = {
    'Content-Type': 'application/json',
    ...(token ? { Authorization: `Token ${token}` } : {}),
    ...(key ? { 'Idempotency-Key': key } : {}),
  };
  const reply = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as Record<string, never> };
};

const account = async (username: string): Promise<string> => {
  await post('/v1/users', { username, password: 'correct horse battery' });
  return (await post('/v1/sessions', { login: username, password: 'correct horse battery', kind: 'key' })).body.key!;
};

interface Heard {
  readonly position: number;
  readonly text: string;
}

/** Listens to everything from the last position heard, over and over, until told to stop. */
const listener = (token: string) => {
  const heard: Heard[] = [];
  let stopped = false;
  let socket: WebSocket | undefined;
  const connect = async (): Promise<void> => {
    while (!stopped) {
      socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/socket`, {
        headers: { Authorization: `Token ${token}` },
      });
      const own = socket;
      own.on('error', () => undefined);
      own.on('open', () => own.send(JSON.stringify({ type: 'subscribe', after: heard.at(-1)?.position ?? 0 })));
      own.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { type: string; position: number; message: { text: string } };
        if (frame.type === 'message') heard.push({ position: frame.position, text: frame.message.text });
      });
      await new Promise<void>((resolve) => own.on('close', () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const connected = connect();
  return {
    heard,
    stop: async () => {
      stopped = true;
      socket?.close();
      await connected;
    },
  };
};

test('what was acknowledged is there once, in order, after being killed again and again', async () => {
  const owner = await account('owner');
  const keys = await Promise.all(Array.from({ length: SENDERS }, (_, i) => account(`sender${i}`)));
  const { body: group } = await post('/v1/groups', { name: 'Storm', public: true }, owner);
  const conversation = `/v1/conversations/${group.id}`;
  for (const key of keys) expect((await post(`${conversation}/join`, {}, key)).status).toBeLessThan(300);

  const listeners = [listener(owner), listener(keys[0]!)];
  const acknowledged: string[][] = keys.map(() => []);
  const stopped = new AbortController();
  let unknown = 0;

  /** One message after another, each tried under its key until it is acknowledged. */
  const send = async (token: string, who: number): Promise<void> => {
    for (let n = 0; !stopped.signal.aborted; n++) {
      const text = `${who}:${n}`;
      for (;;) {
        const answer = await post(`${conversation}/messages`, { text }, token, text).catch(() => undefined);
        if (answer !== undefined && answer.status < 300) break;
        unknown += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      acknowledged[who]!.push(text);
    }
  };
  const senders = keys.map(send);

  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
    server.child.kill('SIGKILL');
    await new Promise((resolve) => server.child.once('close', resolve));
    server = await startServer(env);
  }
  stopped.abort();
  await Promise.all(senders);
  expect(unknown).toBeGreaterThan(0);

  const said: { seq: number; text: string }[] = [];
  for (let after = 0; ; ) {
    const reply = await fetch(`${server.url}${conversation}/messages?after=${after}&limit=100`, {
      headers: { Authorization: `Token ${owner}` },
    });
    const { items } = (await reply.json()) as { items: { seq: number; text: string }[] };
    said.push(...items);
    if (items.length < 100) break;
    after = items.at(-1)!.seq;
  }
  expect(said.map(({ seq }) => seq)).toEqual(said.map((_, i) => i + 1));
  for (const [who, texts] of acknowledged.entries()) {
    expect(texts.length).toBeGreaterThan(10);
    expect(said.map(({ text }) => text).filter((text) => text.startsWith(`${who}:`))).toEqual(texts);
  }

  await expect
    .poll(() => listeners.map(({ heard }) => heard.length), { timeout: 10_000 })
    .toEqual([said.length, said.length]);
  for (const { heard } of listeners) {
    expect(heard.map(({ text }) => text)).toEqual(said.map(({ text }) => text));
    expect(heard.map(({ position }) => position)).toEqual(
      heard.map(({ position }) => position).toSorted((a, b) => a - b),
    );
  }
  await Promise.all(listeners.map(({ stop }) => stop()));

  const closed = new Promise((resolve) => server.child.once('close', resolve));
  server.child.kill('SIGTERM');
  await closed;
  const live = viewsDump(env.DATA_DIR!);
  expect((await runVerb(['rebuild'], env)).code).toBe(0);
  expect(viewsDump(env.DATA_DIR!)).toEqual(live);
}, 60_000);

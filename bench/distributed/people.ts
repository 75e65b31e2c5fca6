// People of two processes under load: signed in over HTTP, with sockets that read their frames.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

const WAIT = 30_000;

export interface Person {
  readonly userId: string;
  readonly token: string;
  readonly conversationId: string;
}

export const post = async (
  url: string,
  path: string,
  json: object,
  token?: string,
): Promise<Record<string, string>> => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(WAIT),
  });
  if (response.status !== 201 && response.status !== 202) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Record<string, string>;
};

/** Somebody signed in, with a group of their own. */
export const newPerson = async (url: string): Promise<Person> => {
  const username = `p${randomUUID().slice(0, 13)}`;
  const { id: userId } = await post(url, '/v1/users', { username, password: 'correct horse' });
  const { accessToken: token } = await post(url, '/v1/sessions', { login: username, password: 'correct horse' });
  const { id } = await post(url, '/v1/groups', { name: username }, token);
  return { userId: userId!, token: token!, conversationId: id! };
};

interface Frame {
  readonly type: string;
  readonly key?: string;
  readonly position: number;
  readonly message?: { readonly text: string };
}

export interface Line {
  send(frame: object): void;
  /** Called for each frame. */
  hear: (frame: Frame) => void;
  close(): void;
}

export const openLine = async (url: string, { token }: Person, subscribes: boolean): Promise<Line> => {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, { headers: { Authorization: `Bearer ${token}` } });
  const line: Line = {
    send: (frame) => ws.send(JSON.stringify(frame)),
    hear: () => undefined,
    close: () => ws.terminate(),
  };
  const opened = Promise.withResolvers<void>();
  ws.on('error', opened.reject);
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.type === 'ready' && subscribes) line.send({ type: 'subscribe' });
    else if (frame.type === 'ready' || frame.type === 'caught-up') opened.resolve();
    else line.hear(frame);
  });
  await opened.promise;
  return line;
};

/** Waits until the views have the whole log. */
export const caughtUp = async (url: string): Promise<void> => {
  for (;;) {
    const { lag } = (await (await fetch(`${url}/readyz`)).json()) as { lag: number };
    if (lag === 0) return;
    await pause(50);
  }
};

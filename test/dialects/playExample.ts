// Plays examples through the whole program. Examples that begin alike share a program while they record nothing.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ownerOf } from '../../src/commands/claims.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';
import type { Example, Request, Response, Step } from './example.ts';
import { differences, filled, type Variables } from './expected.ts';

const multipartOf = (fields: NonNullable<Request['multipart']>): FormData => {
  const form = new FormData();
  // A variable may be a number.
  for (const [name, value] of Object.entries(fields))
    if (typeof value !== 'object') form.append(name, String(value));
    else form.append(name, new File([value.content], value.name, { type: value.type }));
  return form;
};

const bodyOf = (request: Request): RequestInit => {
  if (request.multipart) return { body: multipartOf(request.multipart) };
  if (request.form) return { body: new URLSearchParams(request.form) };
  if (request.text !== undefined) return { body: request.text };
  return request.body === undefined ? {} : { body: JSON.stringify(request.body) };
};

const isSentAsJson = ({ body, text, multipart, form }: Request): boolean =>
  (body !== undefined || text !== undefined) && !multipart && !form;

const send = async ({ url }: Program, written: Request, prefix: string, known: Variables) => {
  const request = filled(written, known) as Request;
  const headers = new Headers(isSentAsJson(request) ? { 'Content-Type': 'application/json' } : {});
  if (request.as !== undefined) headers.set('Authorization', `Bearer ${String(known.get(`${request.as}.token`))}`);
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, value);
  const path = request.path.startsWith('/v1/') ? request.path : prefix + request.path;
  const response = await fetch(url + path, {
    method: request.method,
    headers,
    redirect: 'manual',
    ...bodyOf(request),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type Reply = Awaited<ReturnType<typeof send>>;

const compare = (expected: Response, reply: Reply, known: Variables): string[] => {
  const { status, headers, body, text } = filled(expected, known) as Response;
  const found = [
    ...differences(status, reply.status, 'status', known),
    ...Object.entries(headers).flatMap(([name, value]) => differences(value, reply.headers.get(name), name, known)),
    ...(body === undefined ? [] : differences(body, jsonOf(reply.text), 'body', known)),
    ...(text === undefined || reply.text.includes(text) ? [] : [`body: ${shorten(reply.text)} has no ${text}`]),
  ];
  return found.length === 0 ? [] : [...found, `answered: ${reply.status} ${shorten(reply.text)}`];
};

const shorten = (text: string): string => (text.length > 1000 ? `${text.slice(0, 1000)}…` : text);

const makePerson = async (
  program: Program,
  { person, with: more }: Extract<Step, { person: string }>,
  known: Variables,
) => {
  const made = await program.call('POST', '/v1/users', { json: { username: person, password: PASSWORD, ...more } });
  const login = { login: person, password: PASSWORD };
  const session = await program.call('POST', '/v1/sessions', { json: login });
  if (made.status !== 201 || session.status !== 201) throw new Error(`no ${person}: ${made.text} ${session.text}`);
  known.set(`${person}.id`, made.json.id);
  known.set(`${person}.number`, made.json.number);
  known.set(`${person}.token`, session.json.accessToken);
};

const speak = async (
  { url }: Program,
  written: Extract<Step, { socket: string }>,
  prefix: string,
  known: Variables,
): Promise<void> => {
  const { socket, send, receive } = filled(written, known) as typeof written;
  const ws = new WebSocket(url.replace('http', 'ws') + prefix + socket);
  const frames: string[] = [];
  ws.on('message', (data) => frames.push(String(data)));
  await once(ws, 'open');
  ws.send(send);
  while (frames.length < receive.length) await once(ws, 'message', { signal: AbortSignal.timeout(20_000) });
  ws.close();
  const wrong = receive.flatMap((expected, i) => differences(expected, jsonOf(frames[i]!), `frame ${i}`, known));
  if (wrong.length > 0) throw new Error(`given ${socket}:\n${wrong.join('\n')}`);
};

const prepare = async (program: Program, step: Step, prefix: string, known: Variables): Promise<void> => {
  if ('person' in step) return makePerson(program, step, known);
  if ('grant' in step) return program.grant(String(known.get(`${step.to}.id`)), step.grant);
  if ('verify' in step) {
    const userId = await ownerOf(program.services.core, 'email', step.verify);
    return program.verify(userId!, step.verify);
  }
  if ('socket' in step) {
    await speak(program, step, prefix, known);
    // A frame may come before the views have what it tells.
    return program.settled();
  }
  const reply = await send(program, step.request, prefix, known);
  const wrong = step.response
    ? compare(step.response, reply, known)
    : reply.status < 400
      ? []
      : [`answered: ${reply.status} ${shorten(reply.text)}`];
  if (wrong.length > 0) throw new Error(`given ${step.request.method} ${step.request.path}:\n${wrong.join('\n')}`);
};

/** A program in which some steps have been taken. */
interface World {
  readonly program: Program;
  readonly steps: readonly string[];
  readonly known: Variables;
  readonly prefix: string;
}

const stepsOf = ({ given }: Example): readonly string[] => given.map((step) => JSON.stringify(step));

/** Whether the answer to the example may be asked for without anything being recorded. */
const isAskedOnly = ({ request, response }: Example): boolean => request.method === 'GET' || response.status >= 400;

/** Sorts examples that begin alike next to each other, those first that leave the world as it is. */
export const inOrderOfWorlds = <E extends Example>(examples: readonly E[]): readonly E[] =>
  examples
    .map((example) => ({ example, key: `${stepsOf(example).join()} ${isAskedOnly(example) ? 'a' : 'b'}` }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ example }) => example);

/** Plays examples one after the other. */
export const createPlayer = () => {
  let world: World | undefined;

  const close = async (): Promise<void> => {
    const closing = world;
    world = undefined;
    await closing?.program.close();
  };

  /** The world at hand if it is on the way to the example, or a new one. Taken: a play that fails leaves none. */
  const take = async (steps: readonly string[], prefix: string): Promise<World> => {
    if (world?.prefix !== prefix || world.steps.some((step, i) => step !== steps[i])) await close();
    const taken = world;
    world = undefined;
    if (taken) return taken;
    const program = await startProgram();
    const known: Variables = new Map<string, unknown>([
      ['host', program.url],
      ['prefix', prefix],
    ]);
    return { program, steps: [], known, prefix };
  };

  return {
    close,
    /** What is otherwise than the example says, one line each. @throws when what is given cannot be made */
    play: async (example: Example, prefix: string): Promise<string[]> => {
      const steps = stepsOf(example);
      const taken = await take(steps, prefix);
      const { program } = taken;
      const { events } = program.services;
      let head: number | undefined;
      try {
        for (const step of example.given.slice(taken.steps.length)) await prepare(program, step, prefix, taken.known);
        const before = await events.head();
        // What the answer captures is the example's own.
        const known = new Map(taken.known);
        const found = compare(example.response, await send(program, example.request, prefix, known), known);
        if ((await events.head()) === before) head = before;
        return found;
      } finally {
        if (head === undefined) await program.close();
        else world = { ...taken, steps };
      }
    },
  };
};

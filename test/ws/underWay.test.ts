// What a client may leave unfinished: for how long, and how many bytes of it.

import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { credentialIn, identify } from '../../src/api/credentials.ts';
import { native } from '../../src/ws/frames.ts';
import type { Hub } from '../../src/ws/hub.ts';
import type { SocketOptions } from '../../src/ws/server.ts';
import type { SocketMount } from '../../src/ws/socketMount.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Client, clientFrame, connect, listening, type SocketServer, startSockets } from '../support/sockets.ts';

const TEXT = 0x1;
const MB = 1_000_000;
/** The largest message; an account may have two of them under way. */
const LARGEST = 2 * MB;

let program: Program;
let people: Person[];
let server: SocketServer;
let letGo = () => {};
let gate: Promise<void>;
let working = 0;
let mostWorking = 0;

/** Answers each frame with its length; a large one once it is let go. */
const mounts = (hub: Hub): readonly SocketMount[] => [
  {
    path: '/lengths',
    maxPayload: LARGEST,
    admit: async ({ headers }) => {
      const token = credentialIn(headers.authorization)?.token ?? '';
      const identity = (await identify(program.services.authenticator, token))!;
      return {
        open: async (connection) =>
          hub.goLive(await connection.signIn({ who: { identity }, protocol: native, byMembership: true })),
        frame: async (connection, data) => {
          mostWorking = Math.max(mostWorking, ++working);
          if (data.length > MB) await gate;
          working--;
          connection.send(
            JSON.stringify({ type: 'length', length: data.length, echo: data.length === MB ? data.toString() : '' }),
          );
        },
      };
    },
  },
];

beforeAll(async () => {
  program = await startProgram();
  people = await Promise.all(['ann', 'ben', 'cleo', 'dan', 'eve'].map((name) => program.person(name)));
});

afterEach(() => server.close());
afterAll(() => program.close());

const serve = async (
  options: SocketOptions & { readonly settings?: Partial<Program['services']['config']> } = {},
): Promise<void> => {
  [working, mostWorking] = [0, 0];
  gate = new Promise((resolve) => {
    letGo = resolve;
  });
  server = await startSockets(program, { mounts, ...options });
};

/** A client whose bytes are written by hand as well. */
const open = async (by: Person | undefined, path = '/lengths'): Promise<Client & { readonly tcp: Socket }> => {
  const tcp = connectTcp(server.port, '127.0.0.1');
  const client = await connect(server, {
    path,
    ...(by && { token: by.token }),
    // A pong would come in the middle of a frame that is written by hand.
    options: { createConnection: () => tcp, autoPong: false },
  });
  return { ...client, tcp };
};

/** The server has taken in everything that this client sent: it has answered a ping that came after it. */
const taken = async ({ ws }: Client): Promise<void> => {
  ws.ping();
  await once(ws, 'pong');
};

const begins = ({ ws }: Client, bytes: number): void => ws.send(Buffer.alloc(bytes, 'x'), { fin: false });

const leave = (...clients: readonly Client[]) => {
  for (const client of clients) client.ws.terminate();
  return Promise.all(clients.map(({ closed }) => closed));
};

describe('a message that has begun and does not come on', () => {
  test('ends its socket with 4408 and the place to go on, though pings go on', async () => {
    await serve({ patience: 300 });
    const client = await open(people[0]);
    begins(client, 10);
    const pinging = setInterval(() => client.ws.ping(), 20);
    const { code, reason } = await client.closed;
    clearInterval(pinging);
    expect(code).toBe(4408);
    expect(JSON.parse(reason)).toEqual({ resume: server.hub.position });
  });

  test('after its first byte, in its header, or in its content', async () => {
    await serve({ patience: 300 });
    const client = await listening(server, people[0]!.token);
    const stopsAfter = async (bytes: number) => {
      const slow = await open(people[0]);
      slow.tcp.write(clientFrame(TEXT, MB).subarray(0, bytes));
      return (await slow.closed).code;
    };
    expect(await Promise.all([1, 5, 100_000].map(stopsAfter))).toEqual([4408, 4408, 4408]);
    // Who has nothing unfinished stays.
    await taken(client);
    await leave(client);
  });

  test('but a slow one that comes on arrives, however many heartbeats it takes', async () => {
    await serve({ heartbeat: 100 });
    const client = await open(people[0]);
    const frame = clientFrame(TEXT, MB);
    for (let at = 0; at < frame.length; at += 50_000) {
      client.tcp.write(frame.subarray(at, at + 50_000));
      await setTimeout(40);
    }
    expect(await client.next('length')).toMatchObject({ length: MB });
    expect(server.sockets.underWay).toBe(0);
    await leave(client);
  });

  test('while the one before it is carried out, its time stands still', async () => {
    await serve({ patience: 300 });
    const client = await open(people[0]);
    client.ws.send(Buffer.alloc(LARGEST, 'x'));
    client.tcp.write(clientFrame(TEXT, 100).subarray(0, 50));
    await expect.poll(() => working).toBe(1);
    await setTimeout(1000);
    client.tcp.write(clientFrame(TEXT, 100).subarray(50));
    letGo();
    expect(await client.next('length')).toMatchObject({ length: LARGEST });
    expect(await client.next('length')).toMatchObject({ length: 100 });
    await leave(client);
  });
});

describe('bytes under way', () => {
  test('an account may have two of the largest messages, over all its sockets; others notice nothing', async () => {
    await serve();
    const other = await open(people[1]);
    begins(other, 500_000);
    const clients: Client[] = [];
    const codes: number[] = [];
    for (let i = 0; i < 12; i++) {
      const client = await open(people[0]);
      void client.closed.then(({ code }) => codes.push(code));
      begins(client, 1.5 * MB);
      clients.push(client);
      await Promise.race([taken(client), client.closed]);
      expect(server.sockets.underWay).toBeLessThan(2 * LARGEST + 2 * MB);
    }
    await expect.poll(() => codes.filter((code) => code === 1008).length).toBeGreaterThan(0);
    other.ws.send('the rest');
    expect(await other.next('length')).toMatchObject({ length: 500_008 });
    await leave(...clients, other);
    await expect.poll(() => server.sockets.underWay).toBe(0);
  });

  test('everybody together may have so many; who stopped sending is closed, not who sends', async () => {
    await serve({ settings: { MAX_UNDER_WAY: 5 * MB } });
    const sending = await open(people[0]);
    begins(sending, 1.5 * MB);
    const stopped = await Promise.all(people.slice(1, 3).map((person) => open(person)));
    for (const client of stopped) begins(client, 1.2 * MB);
    await Promise.all([sending, ...stopped].map(taken));
    const carryingOn = setInterval(() => begins(sending, 10_000), 100);
    await setTimeout(3000);
    const last = await open(people[3]);
    begins(last, 1.3 * MB);
    const { code } = await Promise.race(stopped.map(({ closed }) => closed));
    clearInterval(carryingOn);
    letGo();
    expect(code).toBe(1013);
    for (const client of [sending, last]) {
      client.ws.send('the rest');
      await client.next('length');
    }
    await leave(sending, last, ...stopped);
  });

  test('an address may have less before anybody has signed in', async () => {
    await serve({ settings: { MAX_FRAME: 5 * MB } });
    const stranger = await open(undefined, '/v1/socket');
    begins(stranger, 4.3 * MB);
    expect(await stranger.closed).toMatchObject({ code: 1008 });
    const signsIn = await open(undefined, '/v1/socket');
    signsIn.send({ type: 'sign-in', token: people[0]!.token });
    await signsIn.next('ready');
    begins(signsIn, 4.3 * MB);
    await taken(signsIn);
    expect(server.sockets.underWay).toBeGreaterThan(4.3 * MB);
    await leave(signsIn);
    await expect.poll(() => server.sockets.underWay).toBe(0);
  });

  test('large messages are carried out two at a time, and small ones meanwhile', async () => {
    await serve();
    const clients = await Promise.all(people.map((person) => open(person)));
    for (const client of clients.slice(0, 4)) client.ws.send(Buffer.alloc(1.5 * MB, 'x'));
    await expect.poll(() => server.sockets.underWay).toBeGreaterThanOrEqual(6 * MB);
    await expect.poll(() => working).toBe(2);
    clients[4]!.ws.send('small');
    expect(await clients[4]!.next('length')).toMatchObject({ length: 5 });
    letGo();
    for (const client of clients.slice(0, 4)) expect(await client.next('length')).toMatchObject({ length: 1.5 * MB });
    expect(mostWorking).toBeLessThanOrEqual(3);
    await leave(...clients);
  });
});

test('who never reads is closed, though pings show that there is somebody', async () => {
  await serve({ heartbeat: 1000, settings: { MAX_BUFFER: 1000 * MB } });
  letGo();
  const client = await open(people[0]);
  client.ws.pause();
  for (let i = 0; i < 20; i++) client.ws.send(Buffer.alloc(MB, 'x'));
  const pinging = setInterval(() => client.ws.ping(), 50);
  await expect.poll(() => server.hub.size).toBe(0);
  clearInterval(pinging);
  client.ws.resume();
  expect(await client.closed).toMatchObject({ code: 4408 });
});

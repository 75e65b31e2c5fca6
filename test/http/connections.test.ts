// Connections: no client can fill, stall or hold up the server for others.

import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionLimits } from '../../src/http/connection.ts';
import { createGuardedServer, dropWaiting } from '../../src/http/connections.ts';
import { connectionsWithin, descriptorLimit } from '../../src/http/descriptors.ts';
import { createAddressOf } from '../../src/limits/clientAddress.ts';
import { createOutputBudget, type OutputBudget } from '../../src/limits/outputBudget.ts';
import { blockFor } from '../support/blockFor.ts';
import { instead } from '../support/instead.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';
import { type RawConnection, rawConnection } from '../support/rawConnection.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const WIDE: ConnectionLimits = { connections: 1000, rate: 4096, stall: 30_000 };
const listen = async (handler: RequestListener, limits: Partial<ConnectionLimits> = {}, output?: OutputBudget) => {
  const server = createGuardedServer({ ...WIDE, ...limits }, handler, output && { output });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};
const serve = async (...given: Parameters<typeof listen>): Promise<string> => (await listen(...given)).url;
const client = async (url: string, reads = true): Promise<RawConnection> => {
  const connection = await rawConnection(url, reads);
  closing.push(() => void connection.socket.destroy());
  return connection;
};
const get = (path: string, ...headers: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`;
const SLOW_BODY =
  'POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{';
const echo: RequestListener = (req, res) => void req.pipe(res);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('the address of a client is known after the client has gone', async () => {
  const said = Promise.withResolvers<string>();
  const { server, url } = await listen(({ socket, headers }) => {
    socket.once('close', () => said.resolve(createAddressOf([])({ socket, headers })));
  });
  const accepted = once(server, 'connection');
  const { socket, write } = await client(url);
  await accepted;
  write(get('/'));
  socket.resetAndDestroy();
  expect(await said.promise).toBe('127.0.0.1');
});

describe('Upgrade', () => {
  let program: Program;
  beforeAll(async () => {
    program = await startProgram();
  });
  afterAll(() => program.close());
  const account = (username: string): string => JSON.stringify({ username, password: PASSWORD });
  const CLIENT = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';
  const posted = async (headers: string, body: string): Promise<string> => {
    const connection = await client(program.url);
    connection.write(`POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n${body}`);
    const answer = await connection.until(/\r\n\r\n\{.*\}/);
    connection.write(get('/livez', 'Connection: close'));
    await connection.closed;
    return answer;
  };

  test('to HTTP/2 is passed by: the request is answered with its body, and the connection goes on', async () => {
    const sized = account('sized');
    expect(await posted(`${CLIENT}Content-Length: ${sized.length}\r\n`, sized)).toMatch(/^HTTP\/1\.1 201 /);
    const chunked = account('chunked');
    const chunks = `5\r\n${chunked.slice(0, 5)}\r\n${(chunked.length - 5).toString(16)}\r\n${chunked.slice(5)}\r\n0\r\n\r\n`;
    expect(await posted(`${CLIENT}Transfer-Encoding: chunked\r\n`, chunks)).toMatch(/^HTTP\/1\.1 201 /);
    const connection = await client(program.url);
    connection.write(get('/livez', CLIENT.trim()));
    expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(['TLS/1.0', 'h2', 'foo/2', 'websocket'])(
    'to %s is passed by where a POST asks for it',
    async (protocol) => {
      const body = account(`for${protocol.replace(/\W/g, '')}`);
      const headers = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\nContent-Length: ${body.length}\r\n`;
      expect(await posted(headers, body)).toMatch(/^HTTP\/1\.1 201 /);
    },
  );
});

describe('a body', () => {
  test('that comes more slowly than it may is answered with 408, and the connection closed', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const program = await startProgram({ settings: { MAX_STALL: '0.2' }, log });
    closing.push(() => program.close());
    for (const start of [
      SLOW_BODY,
      SLOW_BODY.replace('/v1/users', '/userauth/users/'),
      `${SLOW_BODY.replace('POST /v1/users', 'GET /livez')}`,
    ]) {
      const connection = await client(program.url);
      connection.write(start);
      const answer = await connection.closed;
      // The server answers a request that needs no body before the body arrives.
      if (start.startsWith('POST')) expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request-too-slow"/);
      else expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    }
    const said = () => lines.flatMap(({ route, status, msg }) => (route === undefined ? [] : [[route, status, msg]]));
    await expect.poll(said).toEqual([
      ['/v1/users', 408, 'broken off'],
      [expect.stringContaining('/userauth/users'), 408, 'broken off'],
      ['/livez', 200, 'answered'],
    ]);
  });

  test('that keeps to the least rate goes on for as long as it takes', async () => {
    const url = await serve(echo, { rate: 100, stall: 200 });
    const connection = await client(url);
    connection.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000\r\n\r\n');
    for (let sent = 0; sent < 3000; sent += 100) {
      connection.write('x'.repeat(100));
      await pause(20);
    }
    expect((await connection.closed).match(/x/g)).toHaveLength(3000);
  });

  test('that arrived while the process was blocked was not slow', async () => {
    const begun = Promise.withResolvers<void>();
    const url = await serve(
      (req, res) => {
        req.once('data', () => begun.resolve());
        echo(req, res);
      },
      { stall: 200 },
    );
    const connection = await client(url);
    connection.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n1');
    await begun.promise;
    connection.write('2');
    blockFor(1000);
    expect(await connection.closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*2\r\n0\r\n\r\n$/);
  });

  test('that nobody reads here is not the fault of its sender', async () => {
    const taken = Promise.withResolvers<[IncomingMessage, ServerResponse]>();
    const url = await serve((req, res) => taken.resolve([req, res]), { stall: 50 });
    const connection = await client(url);
    connection.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n12345`);
    const [req, res] = await taken.promise;
    await pause(300);
    connection.write('6789');
    echo(req, res);
    expect(await connection.closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*12345\r\n4\r\n6789/);
  });
});

describe('an answer', () => {
  test('that nobody reads is given up', async () => {
    const ended = Promise.withResolvers<boolean>();
    const url = await serve(
      (_, res) => {
        res.on('close', () => ended.resolve(res.writableFinished));
        res.end(Buffer.alloc(30_000_000));
      },
      { stall: 100 },
    );
    const connection = await client(url, false);
    connection.write(get('/'));
    expect(await ended.promise).toBe(false);
  });

  test('that waits for its client is dropped on demand, and no other', async () => {
    const taken: ServerResponse[] = [];
    const { server, url } = await listen((_, res) => void taken.push(res));
    const [slow, quick] = [await client(url, false), await client(url)];
    slow.write(get('/'));
    await expect.poll(() => taken.length).toBe(1);
    quick.write(get('/', 'Connection: close'));
    await expect.poll(() => taken.length).toBe(2);
    // More than the network holds.
    taken[0]!.write(Buffer.alloc(50_000_000));
    taken[1]!.write('begun ');
    await quick.until(/begun/);
    dropWaiting(server);
    taken[1]!.end('done');
    expect(await quick.closed).toMatch(/begun [\s\S]*done/);
    slow.socket.resume();
    await slow.closed;
    expect(slow.socket.bytesRead).toBeLessThan(50_000_000);
  });

  test.each(['in one', 'in pieces'])(
    'that leaves %s breaks off when too much waits for all clients, and no other does',
    async (way) => {
      const MB = 1_000_000;
      // No time passes: neither is slow before the other.
      const output = createOutputBudget({ MAX_BUFFERED: 80 * MB, MAX_BUFFER: MB }, () => 0);
      const taken: ServerResponse[] = [];
      const { url } = await listen((_, res) => void taken.push(res), {}, output);
      const clients = [await client(url, false), await client(url, false), await client(url)];
      for (const [i, { write }] of clients.entries()) {
        write(get('/', 'Connection: close'));
        await expect.poll(() => taken.length).toBe(i + 1);
      }
      const [slow, slowest, quick] = clients;
      taken[2]!.write('begun ');
      await quick!.until(/begun/);
      const closed = once(taken[1]!.socket!, 'close');
      // Each more than the network holds.
      taken[0]!.end(Buffer.alloc(30 * MB));
      expect(output.all).toBeGreaterThan(30 * MB);
      if (way === 'in one') taken[1]!.end(Buffer.alloc(31 * MB));
      else taken[1]!.write(Buffer.alloc(31 * MB));
      await closed;
      expect(output.all).toBeLessThan(31 * MB);
      taken[2]!.end('done');
      expect(await quick!.closed).toMatch(/begun [\s\S]*done/);
      for (const { socket } of [slow!, slowest!]) socket.resume();
      await Promise.all([slow!.closed, slowest!.closed]);
      expect(slow!.socket.bytesRead).toBeGreaterThan(30 * MB);
      expect(slowest!.socket.bytesRead).toBeLessThan(31 * MB);
      await expect.poll(() => output.all).toBe(0);
    },
  );

  test('that nobody reads has a slow client, however often it is looked at', async () => {
    const MB = 1_000_000;
    let [time, notes] = [0, 0];
    const budget = createOutputBudget({ MAX_BUFFERED: 80 * MB, MAX_BUFFER: MB }, () => time);
    const note: OutputBudget['note'] = (...noted) => {
      notes++;
      budget.note(...noted);
    };
    const taken: ServerResponse[] = [];
    const { url } = await listen((_, res) => void taken.push(res), {}, instead(budget, { note }));
    for (const count of [1, 2]) {
      (await client(url, false)).write(get('/'));
      await expect.poll(() => taken.length).toBe(count);
    }
    taken[0]!.end(Buffer.alloc(30 * MB));
    time = 1001;
    const noted = notes;
    await expect.poll(() => notes).toBeGreaterThan(noted);
    const closed = taken.map(async ({ socket }, i) => once(socket!, 'close').then(() => i));
    taken[1]!.end(Buffer.alloc(31 * MB));
    expect(await Promise.race(closed)).toBe(0);
  });

  test('that takes long to make is waited for', async () => {
    const url = await serve((_, res) => void setTimeout(() => res.end('late'), 400), { stall: 50 });
    expect(await (await fetch(url)).text()).toBe('late');
  });
});

describe('where there are as many connections as there may be', () => {
  test('those that send their bodies slowly make room for who asks', async () => {
    const program = await startProgram({ settings: { MAX_CONNECTIONS: '8' } });
    closing.push(() => program.close());
    const slow = [];
    for (let i = 0; i < 40; i++) {
      const connection = await client(program.url);
      connection.write(SLOW_BODY);
      slow.push(connection);
    }
    for (let i = 0; i < 10; i++) expect((await program.call('GET', '/livez')).status).toBe(200);
    expect(await slow[0]!.closed).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1[\s\S]*"code":"busy"/);
  });

  test('the one who has most of them makes room, not those of other addresses', async () => {
    const url = await serve(echo, { connections: 6 });
    const honest = await client(url);
    honest.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n1');
    await honest.until(/200/);
    for (let i = 0; i < 30; i++) {
      const greedy = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: '127.0.0.2' });
      closing.push(() => void greedy.destroy());
      greedy.on('error', () => undefined);
      await once(greedy, 'connect');
      greedy.write(SLOW_BODY);
    }
    honest.write('2');
    expect(await honest.closed).toMatch(/2\r\n0\r\n\r\n$/);
  });

  test('one that sent well and pauses keeps its place before those that have only just come', async () => {
    const url = await serve((req, res) => void req.resume().on('end', () => res.end('all of it')), { connections: 6 });
    const honest = await client(url);
    honest.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100001\r\n\r\n');
    honest.write('x'.repeat(100_000));
    for (let i = 0; i < 30; i++) (await client(url)).write(SLOW_BODY);
    honest.write('x');
    expect(await honest.closed).toMatch(/all of it/);
  });

  test('and all of them at work here, another address takes the place of one of the address with most', async () => {
    const taken: ServerResponse[] = [];
    const url = await serve((_, res) => void taken.push(res), { connections: 4 });
    const greedy = [await client(url), await client(url), await client(url)];
    for (const [i, connection] of greedy.entries()) {
      connection.write(get(`/${i}`));
      await expect.poll(() => taken.length).toBe(i + 1);
    }
    const honest = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: '127.0.0.2' });
    closing.push(() => void honest.destroy());
    honest.write(get('/honest'));
    await expect.poll(() => taken.length).toBe(4);
    expect(await greedy[2]!.closed).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1/);
    expect(greedy.slice(0, 2).map(({ text }) => text)).toEqual(['', '']);
  });

  test('and all of them at work here, the next one is told to come back', async () => {
    const taken: ServerResponse[] = [];
    const url = await serve((_, res) => void taken.push(res), { connections: 3 });
    const working = [await client(url), await client(url)];
    for (const connection of working) connection.write(get('/', 'Connection: close'));
    await expect.poll(() => taken.length).toBe(2);
    const late = await client(url);
    expect(await late.closed).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1/);
    for (const res of taken) res.end('done');
    for (const { closed } of working) expect(await closed).toMatch(/done/);
    const after = await client(url);
    after.write(get('/'));
    await expect.poll(() => taken.length).toBe(3);
  });

  test('there are fewer of them than descriptors, two for each', () => {
    expect(connectionsWithin(300)).toBe(118);
    expect(connectionsWithin(10)).toBe(1);
    expect(connectionsWithin(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    const { userLimits } = process.report.getReport() as { userLimits: { open_files: { soft: number | 'unlimited' } } };
    const { soft } = userLimits.open_files;
    expect(descriptorLimit()).toBe(soft === 'unlimited' ? Number.POSITIVE_INFINITY : soft);
  });
});

describe('requests sent before the answers of those before them', () => {
  test('are answered one at a time, all of them, in their order', async () => {
    let running = 0;
    let most = 0;
    const url = await serve(async (req, res) => {
      most = Math.max(most, ++running);
      for await (const _ of req);
      running--;
      res.end(`<${req.url}>`);
    });
    const connection = await client(url);
    // More than one read returns.
    const paths = Array.from({ length: 1500 }, (_, i) => `/${i}`);
    const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`;
    connection.write(paths.map(post).join('') + get('/last', 'Connection: close'));
    const answer = await connection.closed;
    expect([...answer.matchAll(/<(\/\w+)>/g)].map(([, path]) => path)).toEqual([...paths, '/last']);
    expect(most).toBe(1);
  });

  test('do not hold up others: of them one is taken up, then somebody else gets a turn', async () => {
    let greedy = 0;
    const first = Promise.withResolvers<void>();
    const url = await serve((req, res) => {
      if (req.url === '/greedy') {
        greedy++;
        first.resolve();
      }
      res.end(`after ${greedy}`);
    });
    const [one, other] = [await client(url), await client(url)];
    one.write(get('/greedy').repeat(1500));
    await first.promise;
    other.write(get('/'));
    const before = Number(/after (\d+)/.exec(await other.until(/after \d+/))![1]);
    expect(before).toBeLessThan(50);
  });

  test('are not taken up while their sender reads no answers', async () => {
    let greedy = 0;
    const url = await serve((req, res) => {
      if (req.url === '/greedy') greedy++;
      res.end(req.url === '/greedy' ? Buffer.alloc(4_000_000) : 'ok');
    });
    const one = await client(url, false);
    one.write(get('/greedy').repeat(1500));
    await expect.poll(() => greedy).toBeGreaterThan(0);
    for (let i = 0; i < 50; i++) expect(await (await fetch(url)).text()).toBe('ok');
    expect(greedy).toBeLessThan(10);
  });

  test('are bounded in all; a few of each client are always taken', async () => {
    const url = await serve((req, res) => void (req.url === '/stuck' || res.end('ok')), { waiting: 20 });
    const [one, two, greedy] = [await client(url), await client(url), await client(url)];
    for (const connection of [one, two]) connection.write(get('/stuck').repeat(16));
    greedy.write(get('/stuck').repeat(200));
    await greedy.closed;
    const honest = await client(url);
    honest.write(get('/a').repeat(9) + get('/a', 'Connection: close'));
    expect((await honest.closed).match(/ok/g)).toHaveLength(10);
  });

  test('are read no further than one read brings, whatever their bodies', async () => {
    const url = await serve(echo, { waiting: 2000 });
    const connection = await client(url);
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc';
    connection.write(post.repeat(4000) + get('/', 'Connection: close'));
    expect((await connection.closed).match(/abc/g)).toHaveLength(4000);
  });
});

// How many sockets an address may have and open, and what sockets refuse.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../support/program.ts';
import { type Client, connect, HandshakeRefused } from '../support/sockets.ts';

const SETTINGS = {
  LIMITS: 'on',
  TRUSTED_PROXIES: '127.0.0.1',
  MAX_SOCKETS: '8',
  MAX_ADDRESS_SOCKETS: '6',
  LIMIT_SOCKETS: '12/3600',
  LIMIT_ACCOUNT_SOCKETS: '4/3600',
  LIMIT_DESKS: '9/3600',
  LIMIT_STRANGERS: '90/3600',
  LIMIT_READS: '20/3600',
  LIMIT_SENDS: '2/3600',
  LIMIT_ENQUIRIES: '4/3600',
  LIMIT_SOCKET_ENQUIRIES: '3/3600',
};

let program: Program;
beforeAll(async () => {
  program = await startProgram({ settings: SETTINGS });
});
afterAll(() => program.close());

const open: Client[] = [];
const socketCount = async (): Promise<unknown> =>
  (await program.services.metrics.registry.getSingleMetric('verbatim_sockets')!.get()).values[0]!.value;
/** Closes all; the server has seen it when this resolves. */
const close = async (): Promise<void> => {
  for (const client of open.splice(0)) client.close();
  await expect.poll(socketCount).toBe(0);
};

let hosts = 0;
const newAddress = (): string => `192.0.2.${++hosts}`;
const opens = async (address: string, path: string, token?: string): Promise<Client> => {
  const headers = { 'X-Forwarded-For': address };
  const port = Number(new URL(program.url).port);
  const client = await connect({ port }, { path, headers, ...(token === undefined ? {} : { token }) });
  open.push(client);
  return client;
};
const desk = (address: string, name = 'eve') => opens(address, `/connection/help/${name}/${name}@x.io/`);
const refusal = async (opening: Promise<Client>): Promise<HandshakeRefused> => {
  const error: unknown = await opening.catch((refused: unknown) => refused);
  if (error instanceof HandshakeRefused) return error;
  throw new Error('the socket was opened', { cause: error });
};
/** Nobody waits for the frames of a desk by type. */
const heard = (client: Client): Promise<{ detail?: string; message?: string }> => client.next(undefined as never);

describe('sockets that no account has', () => {
  test('are so many at once for one address, and as many for another', async () => {
    const [crowded, calm] = [newAddress(), newAddress()];
    for (let i = 0; i < 6; i++) await desk(crowded, `v${i}`);
    expect((await refusal(desk(crowded))).status).toBe(429);
    expect((await refusal(opens(crowded, '/v1/socket'))).status).toBe(429);
    await desk(calm);
    await close();
  });

  test('of one address take no place from others: when all are taken, its oldest one goes', async () => {
    const [crowded, calm, home] = [newAddress(), newAddress(), newAddress()];
    const { token } = await program.person('ann');
    const own = [await opens(home, '/v1/socket', token), await opens(home, '/v1/socket', token)];
    const idle: Client[] = [];
    for (let i = 0; i < 6; i++) idle.push(await desk(crowded, `w${i}`));
    const visitor = await desk(calm, 'ben');
    expect((await idle[0]!.closed).code).toBe(1013);
    visitor.ws.send('Hello');
    expect((await heard(visitor)).message).toBe('Hello');
    await opens(newAddress(), '/v1/socket', token);
    expect((await idle[1]!.closed).code).toBe(1013);
    // An account's sockets stay, and a newcomer of the crowded address finds no room.
    expect((await refusal(desk(crowded, 'w9'))).status).toBe(503);
    expect(own.every(({ ws }) => ws.readyState === ws.OPEN)).toBe(true);
    expect(idle.slice(2).every(({ ws }) => ws.readyState === ws.OPEN)).toBe(true);
    await close();
  });

  test('make room for each newcomer, also while one that had to go does not answer its close', async () => {
    const crowded = newAddress();
    const { token } = await program.person('dora');
    await opens(newAddress(), '/v1/socket', token);
    const signing = await opens(crowded, '/v1/socket');
    const idle: Client[] = [];
    for (let i = 0; i < 5; i++) idle.push(await desk(crowded, `y${i}`));
    await opens(newAddress(), '/v1/socket', token);
    signing.send({ type: 'sign-in', token });
    await signing.next('ready');
    idle[0]!.ws.pause();
    for (const name of ['cleo', 'dan']) await desk(newAddress(), name);
    expect((await idle[1]!.closed).code).toBe(1013);
    idle[0]!.ws.resume();
    expect((await idle[0]!.closed).code).toBe(1013);
    expect([signing, ...idle.slice(2)].every(({ ws }) => ws.readyState === ws.OPEN)).toBe(true);
    await close();
  });

  test('may be opened so often; desks less often', async () => {
    const [here, there] = [newAddress(), newAddress()];
    for (let i = 0; i < 9; i++) {
      await desk(here, `x${i}`);
      await close();
    }
    const refused = await refusal(desk(here));
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': '"desks";q=9;w=3600',
      'retry-after': expect.any(String),
    });
    for (let i = 0; i < 12; i++) {
      await opens(there, '/v1/socket');
      await close();
    }
    expect((await refusal(opens(there, '/v1/socket'))).headers['ratelimit-policy']).toBe('"sockets";q=12;w=3600');
  });
});

describe('an account', () => {
  test('may open so many sockets, which do not count for its address', async () => {
    const { token } = await program.person('carl');
    const here = newAddress();
    for (let i = 0; i < 4; i++) {
      await opens(here, '/v1/socket', token);
      await close();
    }
    expect((await refusal(opens(newAddress(), '/v1/socket', token))).headers['ratelimit-policy']).toBe(
      '"account-sockets";q=4;w=3600',
    );
    for (let i = 0; i < 11; i++) {
      await opens(here, '/v1/socket');
      await close();
    }
  });

  test('that sends too much by a socket is told when to send again', async () => {
    const { token } = await program.person('dee');
    const group = (await program.call('POST', '/v1/groups', { token, json: { name: 'G', public: true } })).json;
    const client = await opens(newAddress(), '/v1/socket', token);
    for (const key of ['a', 'b', 'c']) client.send({ type: 'send', key, conversationId: group.id, text: key });
    expect(await client.next('refused')).toMatchObject({ key: 'c', code: 'too-many-requests', retryAfter: 1800 });
    expect((await client.all('accepted', 2)).map(({ key }) => key)).toEqual(['a', 'b']);
    await close();
  });
});

/** Sends so many frames, one after the other, and says which of the answers are `too-many-requests`. */
const codesOf = async (client: Client, frame: object, count: number): Promise<readonly (string | undefined)[]> => {
  const before = client.frames.length;
  for (let i = 0; i < count; i++) client.send({ key: `${i}`, ...frame });
  await expect.poll(() => client.frames.length).toBe(before + count);
  return client.frames.slice(before).map(({ code }) => code);
};
const allBut = (count: number, before: string | undefined, last: number): readonly (string | undefined)[] => [
  ...Array.from({ length: count - last }, () => before),
  ...Array.from({ length: last }, () => 'too-many-requests'),
];

describe('frames that make the server look for something count as requests do', () => {
  test('tokens of nobody, for their address: others sign in', async () => {
    const [here, there] = [newAddress(), newAddress()];
    const { token } = await program.person('gil');
    for (const count of [60, 30])
      expect(await codesOf(await opens(here, '/v1/socket'), { type: 'sign-in', token: 'x' }, count)).toEqual(
        allBut(count, 'signed-out', 0),
      );
    expect(await codesOf(await opens(here, '/v1/socket'), { type: 'sign-in', token }, 1)).toEqual([
      'too-many-requests',
    ]);
    // A good token costs nothing.
    for (let i = 0; i < 2; i++) {
      const client = await opens(there, '/v1/socket');
      expect(await codesOf(client, { type: 'sign-in', token: 'x' }, 44)).toEqual(allBut(44, 'signed-out', 0));
      client.send({ type: 'sign-in', token });
      await client.next('ready');
    }
    expect(await codesOf(await opens(there, '/v1/socket'), { type: 'sign-in', token: 'x' }, 4)).toEqual(
      allBut(4, 'signed-out', 2),
    );
    await close();
  });

  test.each([
    ['other tokens', { type: 'sign-in', token: 'x' }, 'signed-out'],
    ['subscriptions', { type: 'subscribe', conversationIds: [randomUUID()] }, 'conversation-unknown'],
  ])('%s, for their account, at all its sockets', async (_, frame, code) => {
    const { token } = await program.person(`hal${hosts}`);
    const [one, other] = [
      await opens(newAddress(), '/v1/socket', token),
      await opens(newAddress(), '/v1/socket', token),
    ];
    await Promise.all([one.next('ready'), other.next('ready')]);
    expect(await codesOf(one, frame, 15)).toEqual(allBut(15, code, 0));
    expect(await codesOf(other, frame, 15)).toEqual(allBut(15, code, 10));
    await close();
  });

  test('and who is typing', async () => {
    const { token } = await program.person('ida');
    const room = (await program.call('POST', '/v1/rooms', { token, json: { name: 'R' } })).json.id;
    const client = await opens(newAddress(), '/v1/socket', token);
    client.send({ type: 'subscribe', conversationIds: [room] });
    await client.next('caught-up');
    await codesOf(client, { type: 'subscribe', conversationIds: [] }, 19);
    client.send({ type: 'typing', key: 'first', conversationId: room });
    expect(await client.next('refused')).toMatchObject({ key: 'first', code: 'too-many-requests' });
    await close();
  });
});

test('a socket of an API without refusals is closed with 4429', async () => {
  const { token } = await program.person('nora');
  const group = (await program.call('POST', '/v1/groups', { token, json: { name: 'N', public: true } })).json;
  const client = await opens(newAddress(), `/nargil/cht/ws/chat/${group.id}/`, token);
  for (const message of ['a', 'b', 'c']) client.send({ message });
  expect((await client.closed).code).toBe(4429);
  await close();
});

test('enquiries are counted for the socket, and for the address over all its sockets', async () => {
  const here = newAddress();
  const [one, other] = [await desk(here, 'one'), await desk(here, 'other')];
  for (let i = 0; i < 3; i++) {
    one.ws.send(`${i}`);
    expect((await heard(one)).message).toBe(`${i}`);
  }
  one.ws.send('again');
  expect((await heard(one)).detail).toBe('Request was throttled.');
  other.ws.send('first');
  expect((await heard(other)).message).toBe('first');
  other.ws.send('second');
  expect((await heard(other)).detail).toBe('Request was throttled. Expected available in 900 seconds.');
  await close();
});

// Who may open a socket, and when it ends.

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCESS_LIFETIME } from '../../src/auth/accessTokens.ts';
import { native } from '../../src/ws/frames.ts';
import { SOCKETS_PER_USER } from '../../src/ws/hub.ts';
import { aMinutePasses } from '../support/aMinutePasses.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';
import {
  type Client,
  connect,
  HandshakeRefused,
  listening,
  type SocketServer,
  startSockets,
} from '../support/sockets.ts';
import { isDistributed } from '../support/stores.ts';

let program: Program;
let server: SocketServer;
let admin: string;
let count = 0;

beforeAll(async () => {
  program = await startProgram({
    settings: { PUBLIC_URL: 'https://chat.example.com/', CORS_ORIGINS: 'https://app.example.org' },
  });
  server = await startSockets(program, { signInWithin: 400 });
  const { id, token } = await program.person('admin');
  await program.grant(id, 'admin');
  admin = token;
});

afterAll(async () => {
  await server.close();
  await program.close();
});

/** For what is decided before a store is asked, or by a clock: over store servers it is the same. */
const onEmbedded = isDistributed ? test.skip : test;

const somebody = (): Promise<Person> => program.person(`person${++count}`);

/** One more sign-in of somebody. */
const anotherSession = async (username: string): Promise<{ readonly token: string }> => {
  const { json } = await program.call('POST', '/v1/sessions', { json: { login: username, password: PASSWORD } });
  return { token: json.accessToken };
};

const leave = (client: Client) => {
  client.close();
  return client.closed;
};

const refusal = async (given: Parameters<typeof connect>[1]): Promise<number> => {
  try {
    await leave(await connect(server, given));
    return 101;
  } catch (error) {
    if (error instanceof HandshakeRefused) return error.status;
    throw error;
  }
};

/** The status of a plain upgrade request. */
const upgrade = (headers: Record<string, string>, path = '/v1/socket'): Promise<number> =>
  new Promise((resolve, reject) => {
    const req = request({ port: server.port, path, headers: { Connection: 'Upgrade', ...headers } });
    req.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve(101);
    });
    req.on('response', (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on('error', reject);
    req.end();
  });

const HANDSHAKE = {
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

describe('signing in', () => {
  test('by the Authorization header, with an access token or a key', async () => {
    const { id, token, username } = await somebody();
    const login = { login: username, password: PASSWORD, kind: 'key' };
    const { key } = (await program.call('POST', '/v1/sessions', { json: login })).json;
    for (const headers of [{ Authorization: `Bearer ${token}` }, { Authorization: `Token ${key}` }]) {
      const client = await connect(server, { headers });
      expect(await client.next('ready')).toMatchObject({ userId: id });
      await leave(client);
    }
  });

  test('by a ticket, once', async () => {
    const { id, token } = await somebody();
    const { ticket } = (await program.call('POST', '/v1/sessions/current/ticket', { token })).json;
    const path = `/v1/socket?ticket=${ticket}`;
    const client = await connect(server, { path });
    expect(await client.next('ready')).toMatchObject({ userId: id });
    expect(await refusal({ path })).toBe(401);
    await leave(client);
  });

  test('by a ticket got with a key, as long as that is good', async () => {
    const { id, username } = await somebody();
    const login = { login: username, password: PASSWORD, kind: 'key' };
    const keyOf = async () => (await program.call('POST', '/v1/sessions', { json: login })).json.key;
    const key = await keyOf();
    const ticket = async () => (await program.call('POST', '/v1/sessions/current/ticket', { token: key })).json.ticket;
    const [early, late] = [await ticket(), await ticket()];
    const client = await connect(server, { path: `/v1/socket?ticket=${early}` });
    expect(await client.next('ready')).toMatchObject({ userId: id });
    await program.call('DELETE', '/v1/sessions/current', { token: key });
    expect(await client.closed).toMatchObject({ code: 4401 });
    await keyOf();
    expect(await refusal({ path: `/v1/socket?ticket=${late}` })).toBe(401);
  });

  test('by a first frame', async () => {
    const { id, token } = await somebody();
    const client = await connect(server);
    client.send({ type: 'subscribe', key: 'too-early' });
    expect(await client.next('refused')).toMatchObject({ key: 'too-early', code: 'signed-out' });
    client.send({ type: 'sign-in', token: `${token}x` });
    expect(await client.next('refused')).toMatchObject({ code: 'signed-out', field: 'token' });
    client.send({ type: 'sign-in', token });
    expect(await client.next('ready')).toMatchObject({ userId: id });
    await leave(client);
  });

  test('a bad token is refused before the socket is opened, and one in the address is not read', async () => {
    const { token } = await somebody();
    expect(await refusal({ token: `${token}x` })).toBe(401);
    expect(await refusal({ headers: { Authorization: 'Basic YTpi' } })).toBe(401);
    expect(await refusal({ path: '/v1/socket?ticket=none' })).toBe(401);
    expect(await refusal({ path: `/v1/socket?ticket=${token}` })).toBe(401);
    expect(await refusal({ path: `/v1/socket?token=${token}` })).toBe(400);
    expect(await refusal({ path: `/v1/socket?access_token=${token}`, token })).toBe(400);
  });

  onEmbedded('who does not sign in is sent away', async () => {
    const client = await connect(server);
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  onEmbedded('the subprotocol is chosen where it is offered, and no other is', async () => {
    const { token } = await somebody();
    const client = await connect(server, { token, protocols: ['other', 'verbatim.v1'] });
    expect(client.ws.protocol).toBe('verbatim.v1');
    await leave(client);
    await expect(connect(server, { token, protocols: ['other'] })).rejects.toThrow('no subprotocol');
  });

  onEmbedded('compression is declined', async () => {
    const { token } = await somebody();
    const client = await connect(server, { token, options: { perMessageDeflate: true } });
    expect(client.ws.extensions).toBe('');
    await leave(client);
  });
});

describe('Origin', () => {
  onEmbedded.each([
    ['missing: not a browser', undefined, 101],
    ['of the public address', 'https://chat.example.com', 101],
    ['among those allowed', 'https://app.example.org', 101],
    ['of another site', 'https://evil.example', 403],
    ['null', 'null', 403],
    ['with an allowed one as its beginning', 'https://chat.example.com.evil.example', 403],
    ['with an allowed one as its end', 'https://evilchat.example.com', 403],
    ['in capitals', 'HTTPS://CHAT.EXAMPLE.COM', 403],
    ['of another port', 'https://chat.example.com:8443', 403],
    ['of another scheme', 'http://chat.example.com', 403],
    ['with a path', 'https://chat.example.com/', 403],
  ])('%s', async (_, origin, status) => {
    expect(await upgrade({ ...HANDSHAKE, ...(origin === undefined ? {} : { Origin: origin }) })).toBe(status);
  });

  onEmbedded('of the address that was asked', async () => {
    expect(
      await upgrade({ ...HANDSHAKE, Origin: `http://127.0.0.1:${server.port}`, Host: `127.0.0.1:${server.port}` }),
    ).toBe(101);
    expect(await upgrade({ ...HANDSHAKE, Origin: 'http://127.0.0.1:1', Host: `127.0.0.1:${server.port}` })).toBe(403);
  });
});

describe('the handshake', () => {
  onEmbedded('where there is no socket', async () => {
    expect(await upgrade(HANDSHAKE, '/v1/sockets')).toBe(404);
    expect(await upgrade(HANDSHAKE, '/')).toBe(404);
    expect(await upgrade(HANDSHAKE, '/v1/%E0%A4%A')).toBe(400);
  });

  onEmbedded('not of a WebSocket', async () => {
    expect(await upgrade({ ...HANDSHAKE, 'Sec-WebSocket-Version': '7' })).toBe(400);
    expect(await upgrade({ ...HANDSHAKE, 'Sec-WebSocket-Key': 'short' })).toBe(400);
  });

  onEmbedded('of an account with as many sockets as one may have', async () => {
    const { token } = await somebody();
    const { hub } = server;
    const identity = (await program.services.authenticator.byAccessToken(token))!;
    const joining = () => ({ who: { identity }, protocol: native, sink: keptSink(), byMembership: true });
    const others = await Promise.all(Array.from({ length: SOCKETS_PER_USER - 1 }, () => hub.add(joining())));
    const last = await connect(server, { token });
    expect(await refusal({ token })).toBe(429);
    await leave(last);
    await expect.poll(() => hub.size).toBe(others.length);
    expect(await refusal({ token })).toBe(101);
    for (const subscriber of others) hub.remove(subscriber);
  });

  onEmbedded('when there are as many sockets as there may be', async () => {
    const small = await startSockets(program, { settings: { MAX_SOCKETS: 1 } });
    const { token } = await somebody();
    const client = await connect(small, { token });
    await expect(connect(small, { token })).rejects.toMatchObject({ status: 503 });
    await leave(client);
    await small.close();
  });
});

describe('a socket ends', () => {
  const asSoonAs: readonly [string, (person: Person) => Promise<unknown>][] = [
    ['its session is logged out', ({ token }) => program.call('DELETE', '/v1/sessions/current', { token })],
    [
      'the password changes elsewhere',
      async ({ username }) => {
        const { token } = await anotherSession(username);
        await program.call('PUT', '/v1/me/password', {
          token,
          json: { current: PASSWORD, password: 'another one 42' },
        });
      },
    ],
    ['the account is deleted', ({ token }) => program.call('DELETE', '/v1/me', { token })],
    [
      'an old refresh token is used again',
      async ({ refreshToken }) => {
        const refresh = async (token: string): Promise<string> =>
          (await program.call('POST', '/v1/sessions/refresh', { json: { refreshToken: token } })).json.refreshToken;
        await refresh(await refresh(refreshToken));
        await refresh(refreshToken);
      },
    ],
    [
      'its user ends it elsewhere',
      async ({ username }) => {
        const { token } = await anotherSession(username);
        await program.call('DELETE', '/v1/me/sessions', { token });
      },
    ],
    ['an admin ends its sessions', ({ id }) => program.call('DELETE', `/v1/users/${id}/sessions`, { token: admin })],
    ['an admin suspends the account', ({ id }) => program.call('PUT', `/v1/users/${id}/suspension`, { token: admin })],
  ];

  test.each(asSoonAs)('as soon as %s, and nothing after that is told', async (_, end) => {
    const [person, friend] = await Promise.all([somebody(), somebody()]);
    const json = { name: 'team', memberIds: [person.id] };
    const team = (await program.call('POST', '/v1/groups', { token: friend.token, json })).json.id;
    const client = await listening(server, person.token);
    const friendHears = await listening(server, friend.token);
    const before = await program.services.events.head();
    const sends = Array.from({ length: 20 }, (_, i) =>
      friendHears.send({ type: 'send', key: `k${i}`, conversationId: team, text: `text ${i}` }),
    );
    await Promise.all([...sends, end(person)]);
    const { code, reason } = await client.closed;
    expect(code).toBe(4401);
    const told = (await friendHears.all('message', 20)).map(({ position }) => position);
    const log = await program.services.events.readLog(before);
    const { position: ended } = log.find(({ type }) =>
      /^(SessionClosed|SessionsEnded|PasswordChanged|UserSuspended|UserDeleted)$/.test(type),
    )!;
    const heard = client.frames.filter(({ type }) => type === 'message').map(({ position }) => position);
    expect(heard).toEqual(told.filter((position) => position < ended));
    // Of its own deletion an account is told.
    expect(JSON.parse(reason).resume).toBeLessThanOrEqual(ended);
    expect(await refusal({ token: person.token })).toBe(401);
    await leave(friendHears);
  });

  test('as soon as its key is revoked; sockets of other sign-ins stay', async () => {
    const { token, username } = await somebody();
    const login = { login: username, password: PASSWORD, kind: 'key' };
    const { key } = (await program.call('POST', '/v1/sessions', { json: login })).json;
    const [byKey, byToken] = await Promise.all([
      connect(server, { headers: { Authorization: `Token ${key}` } }),
      connect(server, { token }),
    ]);
    await program.call('DELETE', '/v1/sessions/current', { token: key });
    expect(await byKey.closed).toMatchObject({ code: 4401 });
    byToken.send({ type: 'ping' });
    await byToken.next('pong');
    await leave(byToken);
  });

  test('a new session after a new password stays', async () => {
    const { token, username } = await somebody();
    const password = 'another one 42';
    await program.call('PUT', '/v1/me/password', { token, json: { current: PASSWORD, password } });
    const session = (await program.call('POST', '/v1/sessions', { json: { login: username, password } })).json;
    const client = await listening(server, session.accessToken);
    client.send({ type: 'ping' });
    await client.next('pong');
    await leave(client);
  });

  /** An access token of this person's session that ends in so many milliseconds; whole seconds count. */
  const shortLived = async ({ token }: Person, milliseconds: number): Promise<string> => {
    const { tokens, now } = program.services.core;
    const { userId, sessionId, generation } = (await tokens.verifyAccess(token))!;
    const issued = new Date(now().getTime() - ACCESS_LIFETIME * 1000 + milliseconds);
    return tokens.access({ userId, number: 1, sessionId, generation }, issued);
  };

  onEmbedded('when its token expires', async () => {
    const client = await listening(server, await shortLived(await somebody(), 60_000));
    aMinutePasses();
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  onEmbedded('unless it was given another one in time, of the same user', async () => {
    const [person, other] = await Promise.all([somebody(), somebody()]);
    const token = await shortLived(person, 60_000);
    const [renewed, left] = await Promise.all([listening(server, token), listening(server, token)]);
    renewed.send({ type: 'sign-in', key: 'wrong', token: other.token });
    expect(await renewed.next('refused')).toMatchObject({ key: 'wrong', code: 'another-user' });
    renewed.send({ type: 'sign-in', token: person.token });
    await renewed.next('ready');
    aMinutePasses();
    expect(await left.closed).toMatchObject({ code: 4401 });
    renewed.send({ type: 'ping' });
    await renewed.next('pong');
    await leave(renewed);
  });

  test('a renewed socket ends with the session it was renewed by', async () => {
    const { token, username } = await somebody();
    const { token: second } = await anotherSession(username);
    const client = await listening(server, token);
    client.send({ type: 'sign-in', token: second });
    await client.next('ready');
    await program.call('DELETE', '/v1/sessions/current', { token });
    client.send({ type: 'ping' });
    await client.next('pong');
    await program.call('DELETE', '/v1/sessions/current', { token: second });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  test('with its own session, also after another credential was refused, and not before', async () => {
    const { token } = await somebody();
    const json = { name: 'writer', scopes: ['write'], current: PASSWORD };
    const bot = await program.call('POST', '/v1/me/tokens', { token, json });
    expect(bot.status, bot.text).toBe(201);
    const client = await listening(server, token);
    for (const [refused, code] of [
      ['nobody', 'signed-out'],
      [bot.json.token, 'scope-missing'],
    ]) {
      client.send({ type: 'sign-in', key: code, token: refused });
      expect(await client.next('refused')).toMatchObject({ key: code, code });
    }
    client.send({ type: 'ping' });
    await client.next('pong');
    await program.call('DELETE', '/v1/sessions/current', { token });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  test('when the program stops: with 1012 and where to go on', async () => {
    const other = await startSockets(program);
    const { token } = await somebody();
    const client = await listening(other, token);
    await other.close();
    const { code, reason } = await client.closed;
    expect(code).toBe(1012);
    expect(JSON.parse(reason)).toEqual({ resume: other.hub.position });
  });
});

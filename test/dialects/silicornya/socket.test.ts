// Visitors at their desks: real frames over the whole program.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { deskId } from '../../../src/commands/makeEnquiry.ts';
import { type Program, startProgram } from '../../support/program.ts';
import { type Client, connect, type Frame } from '../../support/sockets.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram({ settings: { LIMITS: 'on' } });
});
afterAll(() => program.close());

const at = (...segments: string[]): string => `/connection/${segments.map(encodeURIComponent).join('/')}/`;
const visit = (path: string, protocols: readonly string[] = [], headers = {}): Promise<Client> =>
  connect({ port: Number(new URL(program.url).port) }, { path, protocols, headers });
/** A visitor who came before, and was given this secret. */
const back = (path: string, secret: string, headers = {}): Promise<Client> =>
  visit(path, [], { Cookie: `theme=dark; desk=${secret}`, ...headers });
const secretOf = (name: string): string => name.padEnd(43, '_');
/** The next frame that has these fields; frames here have no type. */
const hears = (client: Client, fields: Readonly<Record<string, unknown>> = {}): Promise<Frame> =>
  client.next(undefined as unknown as string, fields);

const answerTo = (name: string, message: string, email: string): string =>
  `${name}, you have sent this message: ${message}. Thanks for contact us. We will message you soon to your email: ${email}`;

const recordOf = (room: string, name: string, email: string, message: string) => ({
  id: expect.any(Number),
  name,
  email,
  room,
  message,
  serverMessage: answerTo(name, message, email),
  created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/),
});

const register = async (username: string, email: string): Promise<string> => {
  const json = { username, email, password1: 'quite a secret', password2: 'quite a secret' };
  return (await program.call('POST', '/registration/', { json })).json.key;
};
/** The account proves that the address is its own. */
const verified = async (username: string, email: string): Promise<string> => {
  const key = await register(username, email);
  await program.verify((await program.call('GET', '/v1/me', { token: key })).json.id, email);
  return key;
};
const listed = async (token: string) => {
  await program.settled();
  return (await program.call('GET', '/chats/getChats/', { token })).json;
};

describe('a visitor', () => {
  test('is answered at once, whether the frame is the message or has it in JSON', async () => {
    const visitor = await visit('/connection/1/sasaj5/sasaj5@gmail.com/');
    visitor.ws.send('Hello Server!');
    expect(await hears(visitor)).toEqual(recordOf('1', 'sasaj5', 'sasaj5@gmail.com', 'Hello Server!'));
    visitor.send({ message: 'And again' });
    expect(await hears(visitor)).toEqual(recordOf('1', 'sasaj5', 'sasaj5@gmail.com', 'And again'));
    visitor.ws.send('{"message": 12345678901234567890}');
    expect(await hears(visitor)).toEqual(recordOf('1', 'sasaj5', 'sasaj5@gmail.com', '12345678901234567890'));
    visitor.close();
  });

  test('may write in any script, and what looks like JSON but is no object is the message itself', async () => {
    const visitor = await visit(at('رۈم 1/2', 'Élodie 🙂', 'élodie+chat@example.com'));
    for (const text of ['سلام', '"quoted"', '[1, 2]', '42', '1.0', '-0', ' spaces ', '{"message": ']) {
      visitor.ws.send(text);
      expect(await hears(visitor)).toEqual(recordOf('رۈم 1/2', 'Élodie 🙂', 'élodie+chat@example.com', text));
    }
    visitor.close();
  });

  test('hears every exchange at their desk from whichever socket, in one order, and no other desk', async () => {
    const secret = secretOf('ann');
    const [one, two] = await Promise.all([
      back(at('7', 'ann', 'ann@x.io'), secret),
      back(at('7', 'ann', 'Ann@X.io'), secret),
    ]);
    const others = await Promise.all(
      [at('8', 'ann', 'ann@x.io'), at('7', 'eve', 'ann@x.io'), at('7', 'ann', 'eve@x.io')].map((path) =>
        back(path, secret),
      ),
    );
    one.ws.send('from one');
    expect((await hears(one)).message).toBe('from one');
    two.ws.send('from two');
    for (const client of [one, two]) await hears(client, { message: 'from two' });
    expect(two.frames.map(({ message }) => message)).toEqual(['from one', 'from two']);
    expect(two.frames).toEqual(one.frames);
    for (const [i, other] of others.entries()) {
      other.ws.send(`own ${i}`);
      expect((await hears(other)).message).toBe(`own ${i}`);
    }
    for (const client of [one, two, ...others]) client.close();
  });

  test('is told no history', async () => {
    const path = at('9', 'ann', 'ann@x.io');
    const before = await back(path, secretOf('ann'));
    before.ws.send('before');
    await hears(before);
    const after = await back(path, secretOf('ann'));
    after.ws.send('after');
    expect((await hears(after)).message).toBe('after');
    for (const client of [before, after]) client.close();
  });
});

describe('a second socket with the same room, name and e-mail address', () => {
  const path = at('1', 'vic', 'vic@x.io');
  /** What a first socket is given. */
  const given = async (at: string) => {
    const ws = new WebSocket(program.url.replace('http', 'ws') + at);
    const [answer] = await once(ws, 'upgrade');
    ws.close();
    const [cookie, ...rules] = (answer as IncomingMessage).headers['set-cookie']![0]!.split('; ');
    return { secret: /^desk=([\w-]{43})$/.exec(cookie!)![1]!, rules };
  };
  test('hears nothing of the first, and the first nothing of it, without the secret', async () => {
    const first = await visit(path);
    const others = await Promise.all([
      visit(path),
      back(path, secretOf('eve')),
      back(path, 'too short'),
      back(path, '', { Cookie: 'desk=' }),
    ]);
    first.ws.send('for the desk alone');
    await hears(first, { message: 'for the desk alone' });
    for (const [i, other] of others.entries()) {
      other.ws.send(`mine ${i}`);
      await hears(other, { message: `mine ${i}` });
      expect(other.frames).toHaveLength(1);
    }
    expect(first.frames).toHaveLength(1);
    for (const client of [first, ...others]) client.close();
  });

  test('is at the same desk with the secret that the first was given, unless another page opens it', async () => {
    const { secret, rules } = await given(path);
    expect(rules).toEqual(['Max-Age=34560000', 'Path=/connection', 'HttpOnly', 'SameSite=Strict']);
    const [one, two] = [await back(path, secret), await back(path, secret, { Origin: program.url })];
    const elsewhere = await back(path, secret, { Origin: 'https://evil.io' });
    one.ws.send('back again');
    for (const client of [one, two]) await hears(client, { message: 'back again' });
    elsewhere.ws.send('me too');
    await hears(elsewhere, { message: 'me too' });
    expect(elsewhere.frames).toHaveLength(1);
    for (const client of [one, two, elsewhere]) client.close();
  });

  test('is at the same desk with the token of the same account, and no other account is', async () => {
    const [key, other] = [await register('vic', 'vic@x.io'), await register('eve', 'eve@x.io')];
    const withToken = (token: string) => visit(path, [], { Authorization: `Token ${token}` });
    const [one, two, eve] = [await withToken(key), await withToken(key), await withToken(other)];
    one.ws.send('it is me');
    for (const client of [one, two]) await hears(client, { message: 'it is me' });
    eve.ws.send('I am Vic');
    await hears(eve, { message: 'I am Vic' });
    expect(eve.frames).toHaveLength(1);
    expect((await listed(key)).map(({ message }: Frame) => message)).toEqual(['it is me']);
    expect((await listed(other)).map(({ message }: Frame) => message)).toEqual(['I am Vic']);
    await expect(withToken('0'.repeat(40))).rejects.toThrow('refused with 401');
    for (const client of [one, two, eve]) client.close();
  });
});

describe('what was exchanged', () => {
  test('is listed to no account that only says that the address is its own', async () => {
    const key = await register('mara', 'victim@x.io');
    const victim = await visit(at('1', 'victim', 'victim@x.io'));
    victim.ws.send('in confidence');
    await hears(victim, { message: 'in confidence' });
    expect(await listed(key)).toEqual([]);
    victim.close();
  });

  test('is listed to the account of that e-mail address, the oldest first, and to no other', async () => {
    const [key, other] = await Promise.all([verified('lena', 'lena@x.io'), register('mallory', 'mallory@x.io')]);
    const [one, two] = await Promise.all([visit(at('a', 'lena', 'lena@x.io')), visit(at('b', 'Lena', 'LENA@x.io'))]);
    const said: Frame[] = [];
    for (const [client, text] of [
      [one, '1'],
      [two, '2'],
      [one, '3'],
    ] as const) {
      client.ws.send(text);
      said.push(await hears(client, { message: text }));
    }
    expect(await listed(key)).toEqual(said);
    expect(await listed(other)).toEqual([]);
    for (const client of [one, two]) client.close();
  });

  test('that two accounts may read has one visitor for both, in the list as in the frames', async () => {
    const [opener, owner] = [await register('opal', 'opal@x.io'), await verified('owen', 'owen@x.io')];
    const visitor = await visit(at('7', 'owen', 'owen@x.io'), [], { Authorization: `Token ${opener}` });
    visitor.send({ message: 'first' });
    await hears(visitor);
    const [{ id }] = (await program.call('GET', '/api/chats/', { token: opener })).json;
    const said = { message: 'from another app', serverMessage: '' };
    await program.call('POST', `/v1/conversations/${id}/messages`, { token: opener, json: { text: said.message } });
    expect(await hears(visitor)).toMatchObject(said);
    for (const token of [opener, owner]) expect((await listed(token)).at(-1)).toMatchObject(said);
  });

  test('is one conversation with what people with accounts say at the desk', async () => {
    const key = await verified('nina', 'nina@x.io');
    const staff = await program.person('staff');
    await program.grant(staff.id, 'staff');
    const secret = secretOf('nina');
    const visitor = await back(at('c', 'nina', 'nina@x.io'), secret);
    visitor.ws.send('anybody there?');
    const first = await hears(visitor, { message: 'anybody there?' });
    const desk = `/v1/conversations/${deskId(program.services.core, { room: 'c', name: 'nina', email: 'nina@x.io' }, { secret })}/messages`;
    expect((await program.call('POST', desk, { token: staff.token, json: { text: 'Yes, me' } })).status).toBe(201);
    expect((await program.call('POST', desk, { token: key, json: { text: 'Thanks' } })).status).toBe(201);
    const shape = { ...recordOf('c', 'nina', 'nina@x.io', ''), message: '', serverMessage: '' };
    const rest = [
      { ...shape, serverMessage: 'Yes, me' },
      { ...shape, message: 'Thanks' },
    ];
    expect([await hears(visitor), await hears(visitor)]).toEqual(rest);
    expect(await listed(key)).toEqual([first, ...rest]);
    const stranger = await program.person('stranger');
    expect((await program.call('GET', desk, { token: stranger.token })).status).toBe(404);
    visitor.close();
  });
});

describe('the handshake', () => {
  test.each([
    ['no segments', '/connection////', 404],
    ['no room', '/connection//ann/ann@x.io/', 404],
    ['no e-mail address', '/connection/1/ann//', 404],
    ['one segment too many', '/connection/1/ann/ann@x.io/more/', 404],
    ['a blank name', '/connection/1/%20/ann@x.io/', 400],
    ['too long a name', `/connection/1/${'n'.repeat(201)}/ann@x.io/`, 400],
    ['a NUL', '/connection/1/a%00b/ann@x.io/', 400],
    ['a broken escape', '/connection/1/%zz/ann@x.io/', 400],
  ])('with %s is refused, and harms nobody', async (_, path, status) => {
    await expect(visit(path)).rejects.toThrow(`refused with ${status}`);
    await expect(visit(path, ['echo-protocol'])).rejects.toThrow(`refused with ${status}`);
  });

  test('takes whatever subprotocol is offered, and pages of any origin, with and without the last slash', async () => {
    const visitor = await visit('/connection/1/p/p@x.io', ['echo-protocol', 'other'], { Origin: 'https://evil.io' });
    expect(visitor.ws.protocol).toBe('echo-protocol');
    visitor.close();
    const plain = await visit('/silicornya/connection/1/p/p@x.io/');
    expect(plain.ws.protocol).toBe('');
    plain.ws.send('behind the prefix');
    expect((await hears(plain)).message).toBe('behind the prefix');
    plain.close();
  });
});

describe('a frame', () => {
  test.each([
    ['that is blank', '  ', 'This field may not be blank.'],
    ['without a message', '{"text":"x"}', 'A text in "message" is required.'],
    ['of nothing that is seen', '\u200d\ufeff\u3164', 'This field may not be blank.'],
    ['whose message is a yes', '{"message":true}', 'A text in "message" is required.'],
    ['whose message is no text', '{"message":{"$ne":null}}', 'A text in "message" is required.'],
    ['that is too long', 'x'.repeat(8001), 'Ensure this field has no more than 8000 characters.'],
    ['with a NUL', '{"message":"a\\u0000b"}', 'Not well-formed text.'],
  ])('%s is told, not recorded, and the next one is answered', async (_, frame, detail) => {
    const visitor = await visit(at('bad', 'ann', 'bad@x.io'));
    visitor.ws.send(frame);
    expect(await hears(visitor)).toEqual({ detail });
    visitor.ws.send('fine');
    expect((await hears(visitor)).message).toBe('fine');
    visitor.close();
  });

  test('of 8000 characters is answered', async () => {
    const visitor = await visit(at('long', 'ann', 'long@x.io'));
    visitor.ws.send('🙂'.repeat(8000));
    expect((await hears(visitor)).message).toBe('🙂'.repeat(8000));
    visitor.close();
  });

  test.each([
    ['in binary', Buffer.from('Hello'), 1003],
    ['beyond the limit', 'x'.repeat(140_000), 1009],
  ])('%s ends its own socket alone', async (_, frame, code) => {
    const path = at('end', 'ann', 'end@x.io');
    const [one, two] = await Promise.all([visit(path), visit(path)]);
    one.ws.send(frame);
    expect((await one.closed).code).toBe(code);
    two.ws.send('still here');
    expect((await hears(two)).message).toBe('still here');
    two.close();
  });

  test('too many are told so, and are not recorded', async () => {
    const key = await verified('hasty', 'hasty@x.io');
    const visitor = await visit(at('fast', 'hasty', 'hasty@x.io'));
    const count = 2 * 30;
    // The clock stands still, so that a slow machine gives no turn back.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    for (let i = 0; i < count; i++) visitor.ws.send(`message ${i}`);
    for (let i = 0; i < count; i++) await hears(visitor);
    clock.mockRestore();
    const throttled = visitor.frames.filter(({ detail }) => detail === 'Request was throttled.');
    expect(throttled).toHaveLength(30);
    expect(await listed(key)).toHaveLength(count - throttled.length);
    visitor.close();
  });
});

// A message of the greatest length passes every way, in the spelling of its letters that takes most bytes.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Call, type Person, type Program, startProgram } from '../support/program.ts';
import { connect } from '../support/sockets.ts';
import { DESK_SECRET } from './tongues.ts';

const EMOJI = '\u{1F600}';
const LONGEST = 8000;

let program: Program;
let ann: Person;
let room: { id: string; number: number };
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
  room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'Long' } })).json;
});
afterAll(() => program.close());

/** JSON whose `EMOJI` are escaped, as the JSON of Python and PHP is. */
const escaped = (value: object): string => JSON.stringify(value).replaceAll(EMOJI, '\\ud83d\\ude00');

const said = async () => {
  await program.settled();
  const path = `/v1/conversations/${room.id}/messages?limit=1`;
  return (await program.call('GET', path, { token: ann.token })).json.items[0]?.text;
};

const routes = (): Readonly<Record<string, readonly [path: string, field: string, more: Record<string, string>]>> => ({
  'the native API': [`/v1/conversations/${room.id}/messages`, 'text', {}],
  Solari: [`/solari/api/solarigroup/${room.number}/messages/`, 'content', {}],
  'Django-Chat-Server': [
    `/django-chat/api/messages/${room.number}/send/`,
    'message',
    { receiver_group: `${room.number}` },
  ],
  ThanChat: ['/thanchat/chatApp/messages/', 'message_text', { chat_room_receiver: `${room.number}` }],
});

type Body = (fields: Record<string, string>) => Call;
const bodies: Readonly<Record<string, Body>> = {
  'escaped JSON': (fields) => ({ body: escaped(fields), headers: { 'Content-Type': 'application/json' } }),
  'an encoded form': (fields) => ({ body: new URLSearchParams(fields) }),
  'a multipart form': (fields) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return { body: form };
  },
};

const ways = ['the native API', 'Solari', 'Django-Chat-Server', 'ThanChat'].flatMap((api) =>
  Object.keys(bodies)
    .filter((kind) => api !== 'the native API' || kind === 'escaped JSON')
    .map((kind) => [api, kind] as const),
);

test.each(ways)('over HTTP, through %s as %s, and a character more does not', async (api, kind) => {
  const [path, field, more] = routes()[api]!;
  const send = async (text: string) =>
    (await program.call('POST', path, { token: ann.token, ...bodies[kind]!({ ...more, [field]: text }) })).status;
  // The original of ThanChat takes no more.
  const longest = api === 'ThanChat' ? 500 : LONGEST;
  const text = `${api} ${kind} `.padEnd(40) + EMOJI.repeat(longest - 40);
  expect(await send(text)).toBe(201);
  expect(await said()).toBe(text);
  expect(await send(`${text}x`)).toBe(400);
});

test('over the native socket', async () => {
  const client = await connect({ port: Number(new URL(program.url).port) }, { token: ann.token });
  await client.next('ready');
  const send = (key: string, text: string) =>
    client.ws.send(escaped({ type: 'send', key, conversationId: room.id, text, fileId: null }));
  const text = `s${EMOJI.repeat(LONGEST - 1)}`;
  send('k'.repeat(200), text);
  await client.next('accepted');
  expect(await said()).toBe(text);
  send('more', `${text}${EMOJI}`);
  expect(await client.next('refused')).toMatchObject({ key: 'more', field: 'text' });
  client.close();
});

test('over a socket of nargil', async () => {
  const path = `/nargil/cht/ws/chat/${room.id}/`;
  const client = await connect({ port: Number(new URL(program.url).port) }, { path, token: ann.token });
  const message = `n${EMOJI.repeat(LONGEST - 1)}`;
  client.ws.send(escaped({ message }));
  await client.next(undefined as never, { message });
  expect(await said()).toBe(message);
  client.ws.send(escaped({ message: `${message}x` }));
  expect(await client.closed).toMatchObject({ code: 1011 });
});

test.each([
  ['as it is', (message: string) => message],
  ['in escaped JSON', (message: string) => escaped({ message })],
])('over a socket of Silicornya, %s', async (_, frameOf) => {
  const path = `/silicornya/connection/long/Visitor/visitor@x.io/`;
  const headers = { Cookie: `desk=${DESK_SECRET}` };
  const client = await connect({ port: Number(new URL(program.url).port) }, { path, headers });
  const message = EMOJI.repeat(LONGEST);
  client.ws.send(frameOf(message));
  await client.next(undefined as never, { message });
  client.ws.send(frameOf(`${message}x`));
  await client.next(undefined as never, { detail: 'Ensure this field has no more than 8000 characters.' });
  client.close();
});

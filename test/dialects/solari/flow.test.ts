// What one request and its answer cannot show of Solari: files, other tongues, time.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeEnquiry } from '../../../src/commands/makeEnquiry.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';

let program: Program;
let clock = Date.parse('2026-01-01T10:00:00.123Z');
beforeAll(async () => {
  program = await startProgram({ now: () => new Date(clock) });
});
afterAll(() => program.close());

const group = async (owner: Person, members: readonly Person[] = []) => {
  const json = { name: 'Tea', memberIds: members.map(({ id }) => id) };
  return (await program.call('POST', '/v1/groups', { token: owner.token, json })).json;
};

const multipart = (fields: Record<string, string | File>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
};

test.each(['', '/solari'])(
  'under "%s", an <img> shows a picture of a group, and nobody else’s guess does',
  async (at) => {
    const ann = await program.person(`img${at.length}`);
    const { number } = await group(ann);
    const body = multipart({ content: 'look', file: new File(['<svg>'], '../my cat.png', { type: 'image/png' }) });
    const sent = await program.call('POST', `${at}/api/solarigroup/${number}/messages/`, { token: ann.token, body });
    expect(sent.json).toMatchObject({ type: 'image', content: 'look' });
    const { file } = sent.json;
    expect(file.startsWith(`${program.url}${at}/media/uploads/my_cat_`)).toBe(true);
    const shown = await fetch(file);
    expect([shown.status, shown.headers.get('content-type'), await shown.text()]).toEqual([200, 'image/png', '<svg>']);
    const last = file.at(-5) === '0' ? '1' : '0';
    for (const guess of [file.replace('my_cat', 'my_dog'), file.replace(/.\.png$/, `${last}.png`)])
      expect((await fetch(guess)).status).toBe(404);
  },
);

test('what could run in a browser is a download', async () => {
  const ann = await program.person('scripts');
  const { number } = await group(ann);
  const body = multipart({ file: new File(['<script>'], 'a.html', { type: 'text/html' }) });
  const sent = await program.call('POST', `/api/solarigroup/${number}/messages/`, { token: ann.token, body });
  expect(sent.json).toMatchObject({ type: 'document', content: null });
  const { headers } = await fetch(sent.json.file);
  expect(headers.get('content-disposition')).toMatch(/^attachment/);
  expect(headers.get('content-type')).toBe('application/octet-stream');
});

test('last_login is the login before, and never empty', async () => {
  const account = { full_name: 'Ada', email: 'time@x.io', phone_number: '0801', password: 'tr0ubadour&3' };
  await program.call('POST', '/solari/api/register/', { json: account });
  const login = async () => {
    clock += 60_000;
    return (await program.call('POST', '/solari/api/login/', { json: account })).json.last_login;
  };
  const at = (time: number) => new Date(time).toISOString().replace('Z', '000Z');
  const registered = clock;
  expect(await login()).toBe(at(registered));
  expect(await login()).toBe(at(registered + 60_000));
  expect(await login()).toBe(at(registered + 120_000));
});

test('a full name comes back as it was sent', async () => {
  for (const [i, name] of ['Ada', 'Ada Obi', 'Ada  Obi', 'Ada de la Obi'].entries()) {
    const account = { full_name: name, email: `n${i}@x.io`, phone_number: `090${i}`, password: 'tr0ubadour&3' };
    await program.call('POST', '/solari/api/register/', { json: account });
    const { json } = await program.call('POST', '/solari/api/login/', { json: account });
    expect([json.fullname, json.full_name]).toEqual([name, name]);
  }
});

test('an account without an address signs in by its username, with a password that has spaces around', async () => {
  const password = '  correct horse ';
  await program.call('POST', '/v1/users', { json: { username: 'spacy', password } });
  const { status, json } = await program.call('POST', '/api/login/', { json: { email: 'Spacy', password } });
  expect([status, json.fullname, json.email]).toEqual([200, 'spacy', '']);
});

test('the token of a login works in every API, and ends everywhere with a log-out', async () => {
  await program.person('tongues');
  const json = { email: 'tongues', password: 'correct horse' };
  const { token } = (await program.call('POST', '/solari/api/login/', { json })).json;
  for (const path of ['/api/my-groups/', '/v1/me', '/django-chat/api/users/protected/'])
    expect((await program.call('GET', path, { token })).status).toBe(200);
  await program.call('DELETE', '/v1/sessions/current', { token });
  expect((await program.call('GET', '/api/my-groups/', { token })).json).toEqual({ detail: 'Invalid token.' });
});

test('at the root, a registration is told apart by its body', async () => {
  const register = async (json: unknown) => (await program.call('POST', '/api/register/', { json })).json;
  expect(Object.keys(await register({ full_name: '' }))).toContain('phone_number');
  expect(Object.keys(await register({ username: '' }))).toContain('first_name');
  expect(Object.keys(await register({ first_name: 'x', email: 'x' }))).toContain('last_name');
  expect(Object.keys(await register({ username: 'x', full_name: 'x' }))).toContain('phone_number');
  for (const neither of [{}, [], null, 'x']) expect(await register(neither)).not.toHaveProperty('first_name');
});

test('what was asked at a desk is a chat of the account of that address, and of nobody else', async () => {
  const ann = await program.person('asks');
  const ben = await program.person('asksnot');
  await program.call('PATCH', '/v1/me', { token: ann.token, json: { email: 'asks@x.io' } });
  await program.verify(ann.id, 'asks@x.io');
  const meta = { actorId: null, address: null, correlationId: 'test' };
  const enquiry = { room: '1', name: 'Ann', email: 'Asks@x.io', text: 'Anybody?', answer: 'Soon.', secret: 'Ann' };
  const { position } = await makeEnquiry(program.services.core, meta, enquiry);
  await program.services.progress.reached(position, 20_000);
  const chats = (await program.call('GET', '/api/chats/', { token: ann.token })).json;
  expect(chats).toEqual([{ id: expect.any(String), chat_name: 'Desk 1' }]);
  const path = `/api/chats/messages/?chat=${chats[0].id}`;
  expect((await program.call('GET', path, { token: ann.token })).json).toMatchObject([
    { sender: 0, sender_name: 'Ann', content: 'Anybody?' },
    { sender: 0, sender_name: 'Desk', content: 'Soon.' },
  ]);
  expect((await program.call('GET', path, { token: ben.token })).status).toBe(403);
  expect((await program.call('GET', '/api/chats/', { token: ben.token })).json).toEqual([]);
});

test('a removed member reads no more, and is in the group no more', async () => {
  const [ann, ben] = [await program.person('owner'), await program.person('member')];
  const { id, number } = await group(ann, [ben]);
  const read = () => program.call('GET', `/api/solarigroup/${number}/messages/`, { token: ben.token });
  expect((await read()).status).toBe(200);
  await program.call('DELETE', `/v1/conversations/${id}/members/${ben.id}`, { token: ann.token });
  expect((await read()).json).toEqual({ message: 'Unknown group' });
  expect((await program.call('GET', '/api/my-groups/', { token: ben.token })).json).toEqual([]);
});

test('two who start a chat at once have one', async () => {
  const [ann, ben] = [await program.person('one'), await program.person('two')];
  const start = (by: Person, who: Person) =>
    program.call('GET', `/api/chats/start/?user=${who.number}`, { token: by.token });
  const started = await Promise.all([start(ann, ben), start(ben, ann), start(ann, ben), start(ben, ann)]);
  expect(new Set(started.map(({ json }) => json.id)).size).toBe(1);
  expect((await program.call('GET', '/api/chats/', { token: ben.token })).json).toHaveLength(1);
});

// Erasing: afterwards nobody reads what somebody was or said, wherever they look.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../src/domain/file.ts';
import { type SaidMessage, saidMessages } from '../../src/domain/saidMessage.ts';
import { recorded } from '../support/log.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

const canary = (what: string): string => `canary${what}canary`;

/** The files under the folder that have one of the canaries, as they lie or in base64. */
const filesWith = (folder: string, canaries: readonly string[]): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((file) => {
      const bytes = readFileSync(file);
      return canaries.filter((one) => bytes.includes(one)).map((one) => `${file}: ${one}`);
    });

const claimsOf = async (certificate: string) => {
  const { items } = (await program.call('GET', '/v1/audit/keys')).json;
  const { payload } = await compactVerify(certificate, createLocalJWKSet({ keys: items }));
  return JSON.parse(new TextDecoder().decode(payload));
};

let program: Program;
let admin: Person;
let auditor: Person;

const makeGroup = async (owner: Person, ...members: Person[]): Promise<string> =>
  (
    await program.call('POST', '/v1/groups', {
      token: owner.token,
      json: { name: 'Team', memberIds: members.map(({ id }) => id) },
    })
  ).json.id;
const send = async (by: Person, group: string, json: object) =>
  (await program.call('POST', `/v1/conversations/${group}/messages`, { token: by.token, json })).json;
const edit = async (by: Person, group: string, id: string, text: string) =>
  (await program.call('PATCH', `/v1/conversations/${group}/messages/${id}`, { token: by.token, json: { text } })).json;
const messagesIn = async (reader: Person, group: string) =>
  (await program.call('GET', `/v1/conversations/${group}/messages`, { token: reader.token })).json.items;

beforeAll(async () => {
  program = await startProgram({ settings: { ERASE_GRACE: '0' } });
  [admin, auditor] = [await program.person('boss'), await program.person('audrey')];
  await program.grant(admin.id, 'admin');
  await program.grant(auditor.id, 'auditor');
});
afterAll(() => program.close());

describe('a person who is erased', () => {
  const all = [
    'Username',
    'First',
    'Last',
    'Street',
    'Text',
    'Edit',
    'File',
    'Content',
    'Device',
    'Bot',
    'Mail',
    'Visitor',
  ].map(canary);
  let ann: Person;
  let ben: Person;
  let group: string;
  let fileId: string;
  let said: string;
  let known: SaidMessage | undefined;
  let answer: Awaited<ReturnType<Program['call']>>;
  beforeAll(async () => {
    ben = await program.person('ben');
    const username = canary('Username');
    const profile = { firstName: canary('First'), lastName: canary('Last'), address: canary('Street') };
    const json = { username, email: `${canary('Mail')}@example.org`, password: 'correct horse', ...profile };
    const { id, number } = (await program.call('POST', '/v1/users', { json })).json;
    const session = (
      await program.call('POST', '/v1/sessions', {
        json: { login: username, password: 'correct horse' },
        headers: { 'User-Agent': canary('Device') },
      })
    ).json;
    ann = { id, number, username, token: session.accessToken, refreshToken: session.refreshToken };
    await program.call('POST', '/v1/me/tokens', { token: ann.token, json: { name: canary('Bot'), scopes: ['read'] } });
    group = await makeGroup(ben, ann);
    fileId = (
      await program.call('POST', `/v1/files?name=${canary('File')}.txt`, {
        token: ann.token,
        body: canary('Content').repeat(10),
        headers: { 'Content-Type': 'text/plain' },
      })
    ).json.id;
    said = (await send(ann, group, { text: canary('Text'), fileId })).id;
    await edit(ann, group, said, canary('Edit'));
    known = program.services.core.ledger.recall(saidMessages, `${group}-${said}`);
    await send(ben, group, { text: 'an answer' });
    answer = await program.call('DELETE', '/v1/me?erase=true', {
      token: ann.token,
      json: { current: 'correct horse' },
    });
    await program.settled();
  });

  test('gets an answer that says what remains, and a certificate', async () => {
    expect(answer.status).toBe(202);
    expect(answer.json.remains).toContain('keyed hash of each name');
    expect(await claimsOf(answer.json.erasure.certificate)).toMatchObject({
      erased: 'person',
      targetId: ann.id,
      requestedBy: ann.id,
      destroyedKeys: [ann.id],
      looked: expect.arrayContaining([expect.objectContaining({ place: 'log' })]),
    });
  });

  test('is in nothing that the commands remember', () => {
    expect(known?.text).toBe(canary('Edit'));
    const { ledger } = program.services.core;
    expect(ledger.recall(saidMessages, `${group}-${said}`)).toBeUndefined();
    expect(ledger.recall(files, fileId)).toBeUndefined();
  });

  test('is in no byte of the data directory', () => {
    expect(filesWith(program.dataDir, all)).toEqual([]);
  });

  test('leaves messages without words, in their places, for members and auditors', async () => {
    const items = await messagesIn(ben, group);
    expect(
      items.map(({ seq, text, erased }: { seq: number; text: string; erased: boolean }) => [seq, text, erased]),
    ).toEqual([
      [1, '', true],
      [2, 'an answer', false],
    ]);
    expect(items[0].file).toMatchObject({ name: '', erased: true });
    expect((await program.call('GET', `/v1/files/${fileId}`, { token: ben.token })).status).toBe(404);
    const log = (await program.call('GET', '/v1/audit/events', { token: auditor.token })).text;
    for (const one of all) expect(log).not.toContain(one);
  });

  test('cannot sign in, and is found by nobody', async () => {
    const login = { login: canary('Username'), password: 'correct horse' };
    expect((await program.call('POST', '/v1/sessions', { json: login })).status).toBe(401);
    expect((await program.call('GET', '/v1/me', { token: ann.token })).status).toBe(401);
    expect((await program.call('GET', `/v1/users?name=${canary('First')}`, { token: ben.token })).json.items).toEqual(
      [],
    );
  });

  test('is certified for auditors', async () => {
    const found = await program.call('GET', `/v1/audit/erasures/${ann.id}`, { token: auditor.token });
    expect(found.json).toEqual(answer.json.erasure);
    const list = await program.call('GET', '/v1/audit/erasures', { token: auditor.token });
    expect(list.json.items).toContainEqual(answer.json.erasure);
    const noted = (await recorded(program.services.events, 'LogRead')).map(({ data }) => data);
    const by = { readerId: auditor.id };
    expect(noted).toContainEqual(expect.objectContaining({ ...by, stream: `erasure-${ann.id}`, type: null }));
    expect(noted).toContainEqual(expect.objectContaining({ ...by, stream: null, type: 'ErasureRequested' }));
  });
});

test('one message is erased alone, and its place stays', async () => {
  const cleo = await program.person('cleo');
  const group = await makeGroup(cleo);
  const { id } = await send(cleo, group, { text: canary('Alone') });
  await send(cleo, group, { text: 'it stays' });
  const path = `/v1/conversations/${group}/messages/${id}/erasure`;
  const { status, json } = await program.call('PUT', path, { token: cleo.token });
  expect([status, (await claimsOf(json.certificate)).erased]).toEqual([202, 'message']);
  expect((await messagesIn(cleo, group)).map(({ text }: { text: string }) => text)).toEqual(['', 'it stays']);
  expect(filesWith(program.dataDir, [canary('Alone')])).toEqual([]);
});

test('an edited message is erased with every text that it had, removed or not', async () => {
  const dan = await program.person('dan');
  const group = await makeGroup(dan);
  const path = (id: string, rest = '') => `/v1/conversations/${group}/messages/${id}${rest}`;
  const texts = ['First', 'Second', 'Third'].map(canary);
  for (const isRemoved of [false, true]) {
    const { id } = await send(dan, group, { text: texts[0]! });
    await edit(dan, group, id, texts[1]!);
    expect((await edit(dan, group, id, texts[2]!)).text).toBe(texts[2]);
    if (isRemoved) await program.call('DELETE', path(id), { token: dan.token });
    const { json } = await program.call('PUT', path(id, '/erasure'), { token: dan.token });
    const claims = await claimsOf(json.certificate);
    const [erased] = await recorded(program.services.events, 'MessageErased', `message-${group}-${id}`);
    const { key, editKeys } = erased!.data;
    expect(new Set(claims.destroyedKeys)).toEqual(new Set([key, ...editKeys!]));
    expect(claims.destroyedKeys).toHaveLength(3);
    expect(claims.looked).toContainEqual(
      expect.objectContaining({ place: 'log', streams: [`message-${group}-${id}`], privateParts: 2 }),
    );
    expect((await edit(dan, group, id, 'again')).code).toBe('message-removed');
    expect((await program.call('POST', path(id, '/restore'), { token: dan.token })).json.code).toBe('message-removed');
    if (isRemoved) continue;
    expect((await messagesIn(dan, group)).at(-1)).toMatchObject({ id, text: '', erased: true });
    const versions = (await program.call('GET', path(id, '/versions'), { token: dan.token })).json.items;
    expect(versions.map((one: { text: string; erased: boolean }) => [one.text, one.erased])).toEqual(
      texts.map(() => ['', true]),
    );
  }
  expect(filesWith(program.dataDir, texts)).toEqual([]);
  const log = (await program.call('GET', '/v1/audit/events', { token: auditor.token })).text;
  for (const one of texts) expect(log).not.toContain(one);
});

test('what somebody said by an edit is in the export of their data', async () => {
  const eve = await program.person('eve');
  const group = await makeGroup(eve);
  const { id } = await send(eve, group, { text: 'first words' });
  await edit(eve, group, id, 'second words');
  const { text } = await program.call('GET', '/v1/me/export', { token: eve.token });
  for (const words of ['first words', 'second words']) expect(text).toContain(words);
});

test('one file is erased alone; before that its ranges are read by themselves', async () => {
  const dora = await program.person('dora');
  const body = Array.from({ length: 5000 }, (_, i) => `${i} `).join('');
  const { id } = (await program.call('POST', `/v1/files?name=${canary('Name')}`, { token: dora.token, body })).json;
  for (const [start, end] of [
    [0, 15],
    [1, 33],
    [16, 16],
    [4999, 20_000],
  ] as const) {
    const headers = { Range: `bytes=${start}-${end}` };
    expect((await program.call('GET', `/v1/files/${id}`, { token: dora.token, headers })).text).toBe(
      body.slice(start, end + 1),
    );
  }
  expect((await program.call('GET', `/v1/files/${id}`, { token: dora.token })).text).toBe(body);
  expect(filesWith(program.dataDir, ['1234 1235 1236'])).toEqual([]);
  const { json } = await program.call('PUT', `/v1/files/${id}/erasure`, { token: dora.token });
  expect((await claimsOf(json.certificate)).erased).toBe('file');
  expect((await program.call('GET', `/v1/files/${id}`, { token: dora.token })).status).toBe(404);
  expect(filesWith(program.dataDir, [canary('Name')])).toEqual([]);
});

test('a message that was erased is not sent again by a late retry', async () => {
  const fay = await program.person('fay');
  const group = await makeGroup(fay);
  const path = `/v1/conversations/${group}/messages`;
  const sent = { token: fay.token, json: { text: canary('Retried') }, headers: { 'Idempotency-Key': 'once' } };
  const { id } = (await program.call('POST', path, sent)).json;
  expect((await program.call('PUT', `${path}/${id}/erasure`, { token: fay.token })).status).toBe(202);
  expect((await program.call('POST', path, sent)).json.id).toBe(id);
  expect(await messagesIn(fay, group)).toMatchObject([{ id, text: '', erased: true }]);
  expect(filesWith(program.dataDir, [canary('Retried')])).toEqual([]);
});

// A person who came and spoke by any way in, and is erased: no byte that the program has written gives anything of it back.

import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerOf } from '../../src/commands/claims.ts';
import { importConversation } from '../../src/commands/importConversation.ts';
import { digest } from '../../src/domain/ids.ts';
import { type Canaries, canaries } from '../support/canaries.ts';
import { logLines } from '../support/logLines.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { isDistributed } from '../support/stores.ts';
import { PASSWORD, type Place, SIGN_ON_SECRET, type Somebody, type Tongue, tongues } from './tongues.ts';

let program: Program;
let admin: Person;
let ben: Person;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbatim-erased-'));
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: SIGN_ON_SECRET, ERASE_GRACE: '0' } });
  [admin, ben] = [await program.person('boss'), await program.person('ben')];
  await program.grant(admin.id, 'admin');
});
afterAll(async () => {
  await program.close();
  await rm(folder, { recursive: true, force: true });
});

const call = async (by: { readonly token: string }, method: string, path: string, json?: unknown) => {
  const reply = await program.call(method, path, { token: by.token, ...(json === undefined ? {} : { json }) });
  expect(reply.status, `${method} ${path}: ${reply.text}`).toBeLessThan(300);
  return reply.json;
};

/** The account as its API made it, with a token of its own. */
const register = async (tongue: Tongue, name: string): Promise<Somebody> => {
  const made = await tongue.register(program, name);
  if ('outsideToken' in made) {
    const { uuid } = decodeJwt(made.outsideToken) as { uuid: string };
    return { id: uuid, number: 0, username: name, email: '', token: made.outsideToken };
  }
  const json = { login: made.names[0], password: PASSWORD };
  const { accessToken: token } = (await program.call('POST', '/v1/sessions', { json })).json;
  const { id, number, username } = await call({ token }, 'GET', '/v1/me');
  return { id, number, username, email: `${name}@x.io`, token };
};

/** Says it in a group, or at a desk of its own; natively where the token is of an outside sign-on. */
const speak = async (tongue: Tongue, who: Somebody, text: string): Promise<void> => {
  if (!tongue.kinds.includes('group')) {
    await program.verify(who.id, who.email);
    return tongue.say(program, { kind: 'desk', id: '', number: 0, people: [who, who] }, who, text);
  }
  const { id, number } = await call(ben, 'POST', '/v1/groups', { name: 'team', memberIds: [who.id] });
  const place: Place = { kind: 'group', id, number, people: [who, { ...ben, email: '' }] };
  return tongue.say(program, place, who, text);
};

/** What is left of them in all that the program has written, and in what a copy without keys has. */
const left = async (some: Canaries): Promise<readonly string[]> => {
  await program.settled();
  const found = [...some.below(program.dataDir)];
  if (!isDistributed)
    for (const verb of ['backup', 'export']) {
      const to = await mkdtemp(join(folder, verb));
      await rm(to, { recursive: true });
      const ran = await runVerbHere([verb, to], { DATA_DIR: program.dataDir });
      expect(ran.code, ran.err).toBe(0);
      found.push(...some.below(to));
    }
  const { MONGODB_URL } = program.services.config;
  if (MONGODB_URL === undefined) return found;
  const client = await MongoClient.connect(MONGODB_URL);
  for (const { name } of await client.db().listCollections().toArray())
    for await (const doc of client.db().collection(name).find({}, { raw: true }))
      found.push(...some.in(doc as unknown as Buffer).map((one) => `${name}: ${one}`));
  await client.close();
  return found;
};

const erase = (userId: string) => call(admin, 'PUT', `/v1/users/${userId}/erasure`);

test('a canary is found wherever it is', async () => {
  const some = canaries('canaryseen');
  await program.person('canaryseen');
  expect(await left(some)).not.toEqual([]);
  for (const text of ['canaryseen', 'xcanaryseenx', '12canaryseen12'])
    for (const encoding of ['utf8', 'utf16le', 'base64', 'base64url', 'hex'] as const)
      expect([encoding, some.in(Buffer.from(Buffer.from(text).toString(encoding as 'hex'), 'utf8'))]).toEqual([
        encoding,
        encoding === 'utf16le' ? [] : ['canaryseen'],
      ]);
  expect(some.in(Buffer.from('canaryseen', 'utf16le'))).toEqual(['canaryseen']);
});

test.each(tongues)('through $name', async (tongue) => {
  const tag = tongue.name.replace('-', '');
  const [name, text] = [`canaryname${tag}`, `canarytext${tag} said by canaryname${tag}`];
  const who = await register(tongue, name);
  await speak(tongue, who, text);
  const some = canaries(name, `canarytext${tag}`);
  await erase(who.id);
  expect(await left(some)).toEqual([]);
  // Also who comes by an outside sign-on does not come back.
  expect((await program.call('GET', tongue.own, { token: who.token })).status).toBe(401);
  if (tongue.name === 'nargil')
    expect((await program.call('GET', tongue.own, { headers: { Authorization: who.token } })).status).toBe(401);
  expect(await left(some)).toEqual([]);
});

test('natively, with a profile, a file, a status and what was sent under keys', async () => {
  const texts = ['Username', 'First', 'Last', 'Street', 'Text', 'File', 'Content', 'Device'].map(
    (one) => `canary${one}`,
  );
  const [username, firstName, lastName, address, text, file, content, device] = texts as [string, ...string[]] &
    readonly string[];
  const json = { username, email: `${username}@x.io`, phone: '+49301234567', password: PASSWORD, firstName };
  const headers = { 'User-Agent': device!, 'Idempotency-Key': 'one' };
  expect((await program.call('POST', '/v1/users', { json, headers })).status).toBe(201);
  const login = { login: username, password: PASSWORD };
  const { accessToken: token } = (await program.call('POST', '/v1/sessions', { json: login, headers })).json;
  const me = await call({ token }, 'PATCH', '/v1/me', { lastName, address });
  const upload = {
    token,
    body: content!.repeat(9),
    headers: { 'Content-Type': 'text/plain', 'Idempotency-Key': 'two' },
  };
  const { id: fileId } = (await program.call('POST', `/v1/files?name=${file}.txt`, upload)).json;
  const { id } = await call(ben, 'POST', '/v1/groups', { name: 'team', memberIds: [me.id] });
  const sent = { token, json: { text, fileId }, headers: { 'Idempotency-Key': 'three' } };
  const path = `/v1/conversations/${id}/messages`;
  expect((await program.call('POST', path, sent)).status).toBe(201);
  await erase(me.id);
  // Who guesses a name or a content cannot find out whether it was here, either.
  const hashes = [...texts, `${username}@x.io`, '+49301234567', content!.repeat(9)].flatMap((one) =>
    [one, one.toLowerCase()].flatMap((guess) => [hash('sha256', guess, 'hex'), digest(guess).toString('hex')]),
  );
  const { fingerprint } = program.services.core.tokens;
  const said = [
    ['/v1/users', json],
    ['/v1/sessions', login],
    [path, { text, fileId }],
  ].map(([where, body]) => fingerprint(['POST', where, {}, body]));
  expect(await left(canaries(...texts, '49301234567', ...hashes, ...said))).toEqual([]);
});

test('by an import of another chat', async () => {
  const { core, queries } = program.services;
  const said = (nick: string, text: string, i: number) =>
    ({ kind: 'said', nick, text, line: i + 1, at: `2009-08-06T12:0${i}:00.000Z` }) as const;
  const lines = [said('canarynick', 'canaryline of old', 0), said('other', 'an answer', 1)];
  const wish = { source: 'irc', name: 'old times', ownerId: ben.id, lines: logLines({ source: 'a.log', lines }) };
  await importConversation(core, queries, program.settled, wish);
  await program.settled();
  const userId = await ownerOf(core, 'username', 'canarynick');
  await erase(userId!);
  expect(await left(canaries('canarynick', 'canaryline'))).toEqual([]);
});

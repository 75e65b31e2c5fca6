// The address of a file counts for a while, and only while the account that got it may read the file.

import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileSealed, sealOf } from '../../../src/dialects/shared/seals.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';

const MINUTE = 60_000;
let clock = Date.parse('2026-01-05T12:00:00Z');
const lines: string[] = [];
const log = pino(
  { level: 'debug' },
  new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk));
      done();
    },
  }),
);

let program: Program;
let ann: Person;
let ben: Person;
let key: string;
beforeAll(async () => {
  program = await startProgram({ now: () => new Date(clock), log });
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  const json = { login: 'ben', password: 'correct horse', kind: 'key' };
  key = (await program.call('POST', '/v1/sessions', { json })).json.key;
});
afterAll(() => program.close());

const groupWithFile = async (members: readonly Person[], name = 'cat.png') => {
  const json = { name: 'Tea', memberIds: members.map(({ id }) => id) };
  const group = (await program.call('POST', '/v1/groups', { token: ann.token, json })).json;
  const body = new FormData();
  body.set('file', new File(['bytes'], name, { type: 'image/png' }));
  const sent = await program.call('POST', `/api/solarigroup/${group.number}/messages/`, { token: ann.token, body });
  return { group, own: sent.json.file as string };
};
const listed = async (number: number, token: string) =>
  (await program.call('GET', `/api/solarigroup/${number}/messages/`, { token })).json[0].file as string;
const statusOf = async (address: string) => (await program.call('GET', address.replace(program.url, ''))).status;

test('a removed member’s address opens nothing from then on; those of others do', async () => {
  const { group, own } = await groupWithFile([ben]);
  const address = await listed(group.number, ben.token);
  expect([address === own, await statusOf(address), await statusOf(own)]).toEqual([false, 200, 200]);
  await program.call('DELETE', `/v1/conversations/${group.id}/members/${ben.id}`, { token: ann.token });
  expect([await statusOf(address), await statusOf(own)]).toEqual([404, 200]);
  // The number of the account stands behind the file and the end; the mark is over all of them.
  const seal = /[\w-]{64}(?=\.png$)/.exec(address)![0];
  const bytes = Buffer.from(seal, 'base64url');
  bytes.writeUIntBE(ann.number, 20, 6);
  expect(await statusOf(address.replace(seal, bytes.toString('base64url')))).toBe(404);
});

test.each([`${'a'.repeat(64)}.${'b'.repeat(60)}`, `${'_'.repeat(64)}.tar.gz`, 'a_b'])(
  'a file opens, whatever its name is like: %s',
  async (name) => {
    const { own } = await groupWithFile([], name);
    expect(await statusOf(own)).toBe(200);
  },
);

test('an address in a frame opens nothing once the message with the file was removed', async () => {
  const { group } = await groupWithFile([]);
  const path = `/v1/conversations/${group.id}/messages`;
  const [{ id, file }] = (await program.call('GET', path, { token: ann.token })).json.items;
  const seal = sealOf(program.services.core, file.id, undefined);
  expect(await fileSealed(program.services, seal)).toMatchObject({ id: file.id });
  await program.call('DELETE', `${path}/${id}`, { token: ann.token });
  expect(await fileSealed(program.services, seal)).toBeUndefined();
});

test('the log says that a file was read, and not at which address', async () => {
  const { own } = await groupWithFile([]);
  await statusOf(own);
  const seal = /[\w-]{64}(?=\.png$)/.exec(own)![0];
  const said = lines.filter((line) => line.includes('/media/uploads/'));
  expect(said.length).toBeGreaterThan(0);
  expect(said.join('')).toContain('[redacted]');
  expect(lines.join('')).not.toContain(seal);
});

test('an address ends after an hour or little more, and each list gives one that counts', async () => {
  const { group } = await groupWithFile([ben]);
  const first = await listed(group.number, key);
  expect(await listed(group.number, key)).toBe(first);
  clock += 59 * MINUTE;
  expect(await statusOf(first)).toBe(200);
  clock += 16 * MINUTE;
  expect(await statusOf(first)).toBe(404);
  const next = await listed(group.number, key);
  expect([next === first, await statusOf(next)]).toEqual([false, 200]);
});

const FILE = '01a1fdbd-042b-725f-aaa0-7d1c4d6da055';
/** As if every file were sent. */
const allSent = () => {
  const filesById = async () => new Map([[FILE, { id: FILE }]]);
  return {
    ...program.services,
    queries: { ...program.services.queries, isSent: async () => true, filesById },
  } as never;
};
const opens = async (seal: string) => (await fileSealed(allSent(), seal)) !== undefined;

test('nobody lengthens an address, or makes it another’s, another file’s or a picture’s', async () => {
  const seal = sealOf(program.services.core, FILE, undefined);
  expect(await opens(seal)).toBe(true);
  const bytes = Buffer.from(seal, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const other = Buffer.from(bytes);
    other[at]! ^= 1;
    expect(await opens(other.toString('base64url')), `byte ${at}`).toBe(false);
  }
  const picture = Buffer.from(sealOf(program.services.core, FILE, undefined, 1), 'base64url').fill(0, 26, 32);
  for (const other of [seal.slice(4), `${seal}AAAA`, '', picture.toString('base64url')])
    expect(await opens(other), other).toBe(false);
});

test('an address in a frame, which all readers get alike, ends after a quarter of an hour or little more', async () => {
  const seal = sealOf(program.services.core, FILE, undefined);
  clock += 14 * MINUTE;
  expect(await opens(seal)).toBe(true);
  clock += 16 * MINUTE;
  expect(await opens(seal)).toBe(false);
});

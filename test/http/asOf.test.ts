// `asOf`: every read answers as it would have answered then, to whoever may read it now.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { hasPast } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes/index.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { blobsDirectory, keysFile, openStores } from '../../src/stores.ts';
import { recorded } from '../support/log.ts';
import { type Call, type Person, type Program, startProgram } from '../support/program.ts';
import { AUTH_SECRET, isDistributed } from '../support/stores.ts';

let program: Program;
let ann: Person;
let ben: Person;
let cleo: Person;
let audrey: Person;
let minute = 0;
/** Stands still but for `aMinuteLater`. */
const now = (): Date => new Date(Date.UTC(2026, 2, 1, 9, minute));
const aMinuteLater = (): void => {
  minute++;
};

beforeAll(async () => {
  program = await startProgram({ settings: { AUTH_SECRET }, now });
  [ann, ben, cleo, audrey] = await Promise.all([
    program.person('ann'),
    program.person('ben'),
    program.person('cleo'),
    program.person('audrey'),
  ]);
  await program.grant(audrey.id, 'auditor');
});
afterAll(() => program.close());

const call = (by: Person, method: string, path: string, json?: unknown, more: Call = {}) =>
  program.call(method, path, { token: by.token, ...(json === undefined ? {} : { json }), ...more });
const see = (by: Person, path: string, asOf?: number | string) =>
  call(by, 'GET', asOf === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}asOf=${asOf}`);
const head = (): Promise<number> => program.services.events.head();

const groupOf = async (owner: Person, ...others: readonly Person[]): Promise<string> =>
  (await call(owner, 'POST', '/v1/groups', { name: 'Tea', memberIds: others.map(({ id }) => id) })).json.id;
const say = async (by: Person, group: string, text: string) =>
  (await call(by, 'POST', `/v1/conversations/${group}/messages`, { text })).json;
const textsIn = async (by: Person, group: string, asOf: number | string) =>
  (await see(by, `/v1/conversations/${group}/messages`, asOf)).json.items?.map(({ text }: { text: string }) => text);

describe('with `asOf`', () => {
  test('a conversation is as it was at a position, and the answer says which', async () => {
    const group = await groupOf(ann, ben);
    const { position } = await say(ann, group, 'one');
    await say(ben, group, 'two');
    await call(ann, 'PATCH', `/v1/conversations/${group}`, { name: 'Coffee' });
    const then = await see(ann, `/v1/conversations/${group}`, position);
    expect(then.json).toMatchObject({ name: 'Tea', messageCount: 1, unread: 0, lastMessage: { text: 'one' } });
    expect(then.headers.get('X-Position')).toBe(String(position));
    expect(await textsIn(ben, group, position)).toEqual(['one']);
    expect((await see(ann, `/v1/conversations/${group}`)).json).toMatchObject({ name: 'Coffee', messageCount: 2 });
  });

  test('a time stands for the last position by then', async () => {
    const group = await groupOf(ann);
    const { position } = await say(ann, group, 'at first');
    const time = now().toISOString();
    aMinuteLater();
    await say(ann, group, 'later');
    expect(await textsIn(ann, group, time)).toEqual(['at first']);
    const local = time.replace('09:', '11:').replace('Z', '+02:00');
    const { headers } = await see(ann, '/v1/me', encodeURIComponent(local));
    expect(Number(headers.get('X-Position'))).toBeGreaterThanOrEqual(position);
    expect(await textsIn(ann, group, encodeURIComponent(local))).toEqual(['at first']);
    expect((await see(ann, `/v1/conversations/${group}`, '2008-04-01T12:00:00Z')).json.code).toBe(
      'conversation-unknown',
    );
    expect(await textsIn(ann, group, '2126-01-01T00:00:00Z')).toEqual(['at first', 'later']);
  });

  test('nobody sees more than now, but auditors', async () => {
    const group = await groupOf(ann, ben);
    const { id: fileId } = (await call(ann, 'POST', '/v1/files', undefined, { body: 'x' })).json;
    await call(ann, 'POST', `/v1/conversations/${group}/messages`, { fileId });
    const { position } = await say(ann, group, 'among us');
    expect((await see(ben, `/v1/files/${fileId}/info`, position)).json.id).toBe(fileId);
    await call(ann, 'DELETE', `/v1/conversations/${group}/members/${ben.id}`);
    expect((await see(ben, `/v1/files/${fileId}/info`, position)).json.code).toBe('file-unknown');
    expect((await see(audrey, `/v1/files/${fileId}`, position)).text).toBe('x');
    for (const path of [`/v1/conversations/${group}`, `/v1/conversations/${group}/messages`])
      expect((await see(ben, path, position)).json.code).toBe('conversation-unknown');
    const mine = (await see(ben, '/v1/conversations?limit=100', position)).json.items;
    expect(mine.map(({ id }: { id: string }) => id)).not.toContain(group);
    expect(await textsIn(audrey, group, position)).toEqual(['', 'among us']);
    expect((await see(audrey, `/v1/conversations/${group}`)).json.code).toBe('conversation-unknown');
    const { token: bot } = (await call(audrey, 'POST', '/v1/me/tokens', { name: 'bot', scopes: ['read'] })).json;
    const asBot = { ...audrey, token: bot };
    expect((await see(asBot, `/v1/conversations/${group}`, position)).json.code).toBe('conversation-unknown');
  });

  test('who joined later sees what was there before', async () => {
    const group = await groupOf(ann);
    const { position } = await say(ann, group, 'early');
    await call(ann, 'POST', `/v1/conversations/${group}/members`, { userId: ben.id });
    expect(await textsIn(ben, group, position)).toEqual(['early']);
    expect((await see(ben, `/v1/conversations/${group}`, position)).json).toMatchObject({ role: null, memberCount: 1 });
  });

  test('what was removed since only auditors see, and so a deleted profile', async () => {
    const group = await groupOf(ann, ben);
    const gone = await program.person('gone');
    const { id, position } = await say(ann, group, 'a secret');
    const names = async (by: Person) => (await see(by, `/v1/users/${gone.id}`, position)).json.username;
    expect(await names(ben)).toBe('gone');
    await call(ann, 'DELETE', `/v1/conversations/${group}/messages/${id}`);
    await call(gone, 'DELETE', '/v1/me', { current: 'correct horse' });
    const path = `/v1/conversations/${group}/messages/${id}`;
    expect((await see(ben, path, position)).json).toMatchObject({ text: '', removedBy: ann.id });
    expect((await see(audrey, path, position)).json).toMatchObject({ text: 'a secret', removedAt: null });
    expect(await textsIn(ben, group, position)).toEqual(['']);
    expect(await names(ben)).toBeNull();
    expect(await names(audrey)).toBe('gone');
    const listed = async (by: Person) =>
      (await see(by, '/v1/users?prefix=gone', position)).json.items.map((user: Person) => user.id);
    expect(await listed(ben)).toEqual([]);
    expect(await listed(audrey)).toEqual([gone.id]);
  });

  test('what an auditor reads is recorded, what others read is not', async () => {
    const group = await groupOf(ann);
    const { position } = await say(ann, group, 'noted');
    await see(ann, `/v1/conversations/${group}`, position);
    await see(audrey, `/v1/conversations/${group}/messages`, position);
    const noted = await recorded(program.services.events, 'LogRead');
    const about = noted.filter(({ data }) => data.stream === `conversation-${group}`);
    expect(about.map(({ data: { readerId } }) => readerId)).toEqual([audrey.id]);
  });

  test('no download makes the process warn of a leak', async () => {
    const warnings: string[] = [];
    const warned = ({ name, message }: Error): void => {
      if (name === 'MaxListenersExceededWarning') warnings.push(message);
    };
    process.on('warning', warned);
    const { id } = (await call(ann, 'POST', '/v1/files', undefined, { body: 'x' })).json;
    const position = await head();
    for (const asOf of [undefined, position]) expect((await see(ann, `/v1/files/${id}`, asOf)).text).toBe('x');
    // Whether ben may read it takes a long list: of the messages that have the file, most are where he is not.
    const send = (group: string) => call(ann, 'POST', `/v1/conversations/${group}/messages`, { fileId: id });
    const alone = await groupOf(ann);
    await Promise.all(Array.from({ length: 101 }, () => send(alone)));
    await send(await groupOf(ann, ben));
    expect((await see(ben, `/v1/files/${id}`)).text).toBe('x');
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['yesterday', 'malformed-request'],
    ['2026-03-01T09:00:00', 'malformed-request'],
    ['-1', 'malformed-request'],
    ['1&asOf=2', 'malformed-request'],
    ['99999999999999999', 'malformed-request'],
    ['9007199254740991', 'position-unknown'],
  ])('%s is %s', async (asOf, code) => {
    const { json } = await see(ann, '/v1/me', asOf);
    expect(json).toMatchObject({ code, errors: [{ field: 'asOf' }] });
  });

  test.each([
    ['GET', '/v1/me/sessions'],
    ['GET', '/v1/me/tokens'],
    ['GET', '/v1/limits'],
    ['GET', '/v1/presence'],
    ['GET', '/livez'],
    ['PUT', '/v1/me/desks'],
  ])('%s %s has no past', async (method, path) => {
    const { status, json } = await call(
      ann,
      method,
      `${path}?asOf=1`,
      method === 'PUT' ? { accepted: true } : undefined,
    );
    expect({ status, code: json.code }).toEqual({ status: 400, code: 'no-past' });
  });
});

/** A program that knows the log up to `position` alone, with the same keys and contents. */
const freshProgram = async (
  log: readonly Recorded[],
  position: number,
): Promise<{ fresh: Program; dataDir: string }> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-prefix-'));
  const config = readConfig({ DATA_DIR: dataDir, AUTH_SECRET });
  await cp(keysFile(program.services.config), keysFile(config));
  await cp(blobsDirectory(program.dataDir), blobsDirectory(dataDir), { recursive: true });
  const stores = await openStores(config);
  for (const event of log.filter((one) => one.position <= position))
    await stores.events.recorded.append(event.stream, event.revision - 1, [event]);
  await stores.close();
  return { fresh: await startProgram({ dataDir, settings: { AUTH_SECRET }, now }), dataDir };
};

// Other logs count in other steps, so a copy has other positions; `test/projections/past.test.ts` asks them all the same.
test.skipIf(isDistributed)('every route answers as a server that knows no more than that', async () => {
  // She is a member of all of it, so she may read as much without `asOf`.
  await program.grant(cleo.id, 'auditor');
  const group = await groupOf(ann, cleo);
  const { id: file } = (await call(cleo, 'POST', '/v1/files', undefined, { body: 'x' })).json;
  const messages = `/v1/conversations/${group}/messages`;
  const { id: message } = (await call(cleo, 'POST', messages, { text: 'mine', fileId: file })).json;
  const edited = `${messages}/${(await say(cleo, group, 'four')).id}`;
  const { id: chat } = (await call(cleo, 'POST', '/v1/chats', { userId: ann.id })).json;
  await call(cleo, 'PUT', '/v1/me/alert-words', { words: ['tea'] });
  await say(ann, group, '@everyone, one');
  const { id: inside } = (await call(ann, 'POST', messages, { text: 'in', threadId: message, replyTo: message })).json;
  const first = await head();
  const { json: called } = await call(ann, 'POST', messages, { text: '@everyone, two' });
  await call(cleo, 'PUT', '/v1/me/alert-words', { words: ['milk'] });
  await call(cleo, 'POST', messages, { text: 'in too', threadId: message });
  await call(cleo, 'POST', `${messages}/${message}/thread/read`, { upTo: 2 });
  await call(ann, 'PATCH', '/v1/me', { username: 'annabel', firstName: 'Ann' });
  await call(cleo, 'POST', `/v1/conversations/${group}/read`, { upTo: 1 });
  const [thumb, heart] = ['👍', '❤️'].map((emoji) => `${messages}/${message}/reactions/${encodeURIComponent(emoji)}`);
  const { id: other } = await say(ann, group, 'pinned');
  for (const by of [ann, cleo]) await call(by, 'PUT', thumb!);
  await call(ann, 'PUT', heart!);
  for (const one of [message, other]) await call(cleo, 'PUT', `${messages}/${one}/pin`);
  for (const one of [message, other]) await call(cleo, 'PUT', `${messages}/${one}/bookmark`);
  await call(ann, 'POST', `/v1/conversations/${group}/members`, { userId: ben.id });
  await call(ann, 'POST', '/v1/rooms', { name: 'Lobby' });
  await call(cleo, 'PATCH', edited, { text: 'five' });
  const second = await head();
  await call(ann, 'DELETE', `${messages}/${called.id}`);
  await call(cleo, 'POST', `/v1/conversations/${group}/read`, { upTo: 0 });
  await call(cleo, 'DELETE', thumb!);
  await call(ann, 'DELETE', heart!);
  for (const what of ['pin', 'bookmark']) await call(cleo, 'DELETE', `${messages}/${other}/${what}`);
  await call(ann, 'PUT', `${messages}/${other}/pin`);
  await call(cleo, 'PATCH', edited, { text: 'six' });
  await call(cleo, 'DELETE', `${messages}/${message}`);
  await call(ann, 'DELETE', `${messages}/${inside}`);
  await call(ann, 'POST', messages, { text: 'in last', threadId: message });
  await call(cleo, 'DELETE', `${messages}/${message}/thread/follow`);
  await call(ann, 'DELETE', `/v1/conversations/${group}/members/${ben.id}`);
  await call(ben, 'PATCH', '/v1/me', { username: 'benno', lastName: 'Ann' });
  await say(ann, chat, 'three');
  await program.person('late');

  const paths: Readonly<Record<string, readonly string[]>> = {
    listConversations: [
      '/v1/conversations',
      '/v1/conversations?scope=listed',
      '/v1/conversations?scope=desks',
      '/v1/conversations?order=activity&limit=1',
    ],
    getConversation: [`/v1/conversations/${group}`, `/v1/conversations/${chat}`],
    listMembers: [`/v1/conversations/${group}/members`, `/v1/conversations/${group}/members?limit=1`],
    listMessages: [messages, `${messages}?after=0&limit=1`, `${messages}?around=1`, `${messages}?before=2`],
    getMessage: [`${messages}/${message}`, edited, `${messages}/${inside}`],
    listThreadMessages: [`${messages}/${message}/thread`, `${messages}/${message}/thread?after=0&limit=1`],
    listThreads: [`/v1/conversations/${group}/threads`, `/v1/conversations/${group}/threads?limit=1`],
    listMyThreads: ['/v1/me/threads', '/v1/me/threads?unread=true'],
    listVersions: [`${messages}/${message}/versions`, `${edited}/versions`],
    listReactions: ['👍', '❤️'].map(
      (emoji) => `${messages}/${message}/reactions?limit=1&emoji=${encodeURIComponent(emoji)}`,
    ),
    listPins: [`/v1/conversations/${group}/pins`, `/v1/conversations/${group}/pins?limit=1`],
    listBookmarks: ['/v1/me/bookmarks', '/v1/me/bookmarks?limit=1'],
    listUsers: [
      '/v1/users',
      '/v1/users?prefix=ann',
      '/v1/users?prefix=ben',
      '/v1/users?name=n&limit=3',
      '/v1/users?limit=2',
    ],
    getUser: [`/v1/users/${ann.id}`, `/v1/users/${ben.id}`],
    getMe: ['/v1/me'],
    listMentions: ['/v1/me/mentions', '/v1/me/mentions?limit=1'],
    getUnread: ['/v1/me/unread'],
    getAlertWords: ['/v1/me/alert-words'],
    getEverything: ['/v1/sync', '/v1/sync?conversations=1'],
    downloadFile: [`/v1/files/${file}`],
    getFile: [`/v1/files/${file}/info`],
  };
  expect(new Set(Object.keys(paths))).toEqual(new Set(routes.filter(hasPast).map(({ name }) => name)));

  const log = await program.services.events.recorded.readLog(0, 5000);
  for (const position of [first, second]) {
    const { fresh, dataDir } = await freshProgram(log, position);
    for (const path of Object.values(paths).flat()) {
      const past = await see(cleo, path, position);
      const then = await fresh.call('GET', path, { token: cleo.token });
      expect({ path, status: past.status, body: past.text }).toEqual({ path, status: then.status, body: then.text });
    }
    await fresh.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

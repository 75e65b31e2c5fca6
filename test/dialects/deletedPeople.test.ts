// What stays of an account that was deleted: its groups have an owner, nobody writes to it, and it has one name, in every API.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { signUp } from '../../src/commands/signUp.ts';
import { deleteUser } from '../../src/domain/administration.ts';
import { deletedProfile, users } from '../../src/domain/user.ts';
import { rebuild } from '../../src/projections/rebuild.ts';
import type { Stores } from '../../src/stores.ts';
import { meta, plainMeta } from '../support/core.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { connect, type Frame, listening } from '../support/sockets.ts';
import { SIGN_ON_SECRET } from './tongues.ts';

let program: Program;
let port: number;
let ann: Person;
let ben: Person;
let cleo: Person;
let root: Person;
beforeAll(async () => {
  program = await startProgram({ settings: { NARGIL_JWT_SECRET: SIGN_ON_SECRET } });
  port = Number(new URL(program.url).port);
  [ben, cleo, root] = [await program.person('ben'), await program.person('cleo'), await program.person('root')];
  await program.grant(root.id, 'admin');
});
afterAll(() => program.close());

const ask = async (by: Person, method: string, path: string, json?: unknown) => {
  const reply = await program.call(method, path, { token: by.token, ...(json !== undefined && { json }) });
  expect(reply.status, `${method} ${path}: ${reply.text}`).toBeLessThan(300);
  return reply.json;
};
const refused = async (by: Person, method: string, path: string, json?: unknown) => {
  const reply = await program.call(method, path, { token: by.token, ...(json !== undefined && { json }) });
  return [reply.status, reply.json];
};
const groupOf = async (owner: Person, ...others: readonly Person[]): Promise<string> =>
  (await ask(owner, 'POST', '/v1/groups', { name: 'Team', memberIds: others.map(({ id }) => id) })).id;
const rolesIn = async (by: Person, group: string) =>
  (await ask(by, 'GET', `/v1/conversations/${group}/members`)).items.map(({ user, role }: Frame) => [user.id, role]);

test('whoever deletes the account leaves its groups to the member who has been in longest, and the counts are right', async () => {
  ann = await program.person('ann');
  const group = await groupOf(ann, ben, cleo);
  const { id: chat } = await ask(ann, 'POST', '/v1/chats', { userId: ben.id });
  const client = await listening({ port }, ben.token);
  await ask(ann, 'DELETE', '/v1/me');
  expect(await rolesIn(ben, group)).toEqual([
    [ben.id, 'owner'],
    [cleo.id, 'member'],
  ]);
  expect(await ask(ben, 'GET', `/v1/conversations/${group}`)).toMatchObject({ role: 'owner', memberCount: 2 });
  expect(await ask(ben, 'GET', `/v1/conversations/${chat}`)).toMatchObject({ memberCount: 1 });
  const told = { conversationId: group, by: null };
  expect(await client.next('member-changed', told)).toMatchObject({ userId: ben.id, role: 'owner' });
  expect(await client.next('member-removed', told)).toMatchObject({ userId: ann.id });
  client.close();
});

describe('to somebody whose account was deleted nothing can be said,', () => {
  let dora: Person;
  let chat: string;
  let number: number;
  beforeAll(async () => {
    dora = await program.person('dora');
    ({ id: chat, number } = await ask(ben, 'POST', '/v1/chats', { userId: dora.id }));
    await ask(ben, 'POST', `/v1/conversations/${chat}/messages`, { text: 'before' });
    await ask(dora, 'DELETE', '/v1/me');
  });
  /** What was said there. */
  const said = async () =>
    (await ask(ben, 'GET', `/v1/conversations/${chat}/messages`)).items.map(({ text }: Frame) => text);

  test('natively', async () => {
    const unknown = [404, expect.objectContaining({ code: 'user-unknown' })];
    const path = `/v1/conversations/${chat}/messages`;
    expect(await refused(ben, 'POST', path, { text: 'after' })).toEqual(unknown);
    expect(await refused(ben, 'POST', '/v1/chats', { userId: dora.id })).toEqual(unknown);
    const client = await listening({ port }, ben.token);
    client.send({ type: 'send', key: 'k', conversationId: chat, text: 'after' });
    expect(await client.next('refused', { key: 'k' })).toMatchObject({ code: 'user-unknown' });
    client.close();
    expect(await said()).toEqual(['before']);
  });

  test('in the foreign APIs', async () => {
    const json = { content: 'after' };
    expect(await refused(ben, 'POST', `/solari/api/chats/messages/?chat=${chat}`, json)).toEqual([
      404,
      { message: 'Unknown user' },
    ]);
    expect((await refused(ben, 'POST', '/solari/api/chats/start/', { user: dora.number }))[0]).toBe(404);
    const path = `/django-chat/api/messages/${number}/send/`;
    expect((await refused(ben, 'POST', path, { receiver_user: dora.number, message: 'after' }))[0]).toBe(404);
    const wish = { user_receiver: dora.number, message_text: 'after' };
    expect((await refused(ben, 'POST', '/thanchat/chatApp/messages/', wish))[0]).toBe(400);
    const path2 = `/nargil/cht/ws/private_chat/${chat}/`;
    const client = await connect({ port }, { path: path2, token: ben.token });
    client.send({ message: 'after', recipient: dora.id });
    expect((await client.closed).code).toBe(1011);
    expect(await said()).toEqual(['before']);
  });
});

test('deleted people have one name, which is never empty', async () => {
  const finn = await program.person('finn');
  const group = await groupOf(ben, finn);
  const { id: chat } = await ask(ben, 'POST', '/v1/chats', { userId: finn.id });
  // Frames of these messages are made, live and for a history, while the account has its name.
  const early = await listening({ port }, ben.token);
  for (const where of [group, chat]) {
    await ask(finn, 'POST', `/v1/conversations/${where}/messages`, { text: 'hi' });
    await early.next('message', { conversationId: where });
  }
  early.close();
  (await listening({ port }, ben.token, { after: 0 })).close();
  const { number } = await ask(ben, 'GET', `/v1/conversations/${group}`);
  await ask(finn, 'DELETE', '/v1/me');
  const name = deletedProfile.firstName;
  const profile = { firstName: name, lastName: '', displayName: name, username: null, deleted: true };
  expect(await ask(ben, 'GET', `/v1/users/${finn.id}`)).toMatchObject(profile);
  const client = await listening({ port }, ben.token, { after: 0 });
  const { sender } = client.frames.find(({ type, conversationId }) => type === 'message' && conversationId === chat)!;
  expect(sender).toMatchObject(profile);
  client.close();

  const names: [string, string][] = [];
  const [said] = await ask(ben, 'GET', `/solari/api/solarigroup/${number}/messages/`);
  names.push(['solari message', said.sender_name], ['solari sender', said.sender.fullname]);
  const chats = await ask(ben, 'GET', '/solari/api/chats/');
  names.push(['solari chat', chats.find(({ id }: Frame) => id === chat).chat_name]);
  const { messages } = await ask(ben, 'GET', `/nargil/cht/api/groups/${group}/chat/`);
  names.push(['nargil message', messages[0].user_name]);
  const privateChats = await ask(ben, 'GET', '/nargil/cht/api/groups/?type=PrivateGroup');
  names.push(['nargil chat', privateChats.find(({ id }: Frame) => id === chat).user_name]);
  expect(names).toEqual(names.map(([where]) => [where, name]));
});

test('a deletion that another process recorded, and did no more, is followed all the same', async () => {
  const gil = await program.person('gil');
  const group = await groupOf(gil, ben);
  const client = await listening({ port }, ben.token);
  await program.services.core.ledger.transact(users, gil.id, plainMeta(), deleteUser);
  await client.next('member-changed', { conversationId: group, userId: ben.id, role: 'owner' });
  await client.next('member-removed', { conversationId: group, userId: gil.id });
  client.close();
});

describe('a suspended owner', () => {
  test('stays one, and the member who has been in longest owns the group as well', async () => {
    const hal = await program.person('hal');
    const group = await groupOf(hal, ben);
    const client = await listening({ port }, ben.token);
    await ask(root, 'PUT', `/v1/users/${hal.id}/suspension`);
    await client.next('member-changed', { conversationId: group, userId: ben.id, role: 'owner', by: null });
    client.close();
    await ask(root, 'DELETE', `/v1/users/${hal.id}/suspension`);
    await program.settled();
    expect(await rolesIn(ben, group)).toEqual([
      [hal.id, 'owner'],
      [ben.id, 'owner'],
    ]);
    await ask(ben, 'DELETE', `/v1/conversations/${group}/owners/${hal.id}`);
    expect((await rolesIn(ben, group))[0]).toEqual([hal.id, 'member']);
  });
});

test('an admin takes a group over, and its members and the log learn so', async () => {
  const ida = await program.person('ida');
  const group = await groupOf(ida);
  const client = await listening({ port }, ida.token);
  const taken = await ask(root, 'POST', `/v1/conversations/${group}/take-over`);
  expect(taken).toMatchObject({ id: group, role: 'owner', memberCount: 2 });
  await client.next('member-added', { conversationId: group, userId: root.id, by: root.id });
  await client.next('member-changed', { conversationId: group, userId: root.id, role: 'owner', by: root.id });
  client.close();
  await ask(root, 'PUT', `/v1/conversations/${group}/owners/${ben.id}`);
  const { items } = await ask(root, 'GET', `/v1/audit/streams/conversation-${group}`);
  expect(items.map(({ type }: Frame) => type)).toEqual([
    'GroupCreated',
    'MemberAdded',
    'GroupTakenOver',
    'MemberAdded',
  ]);
});

test('ghosts of earlier deletions leave their groups when the program starts', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-ghosts-'));
  let views: Stores['views'] | undefined;
  const stores = (opened: Stores): Stores => {
    views = opened.views;
    return opened;
  };
  // It follows no deletion, and nothing tells the next one of what the views have by then.
  const before = await startProgram({ dataDir, settings: { ROLES: 'api' }, viewWait: 0, stores });
  const { core } = before.services;
  const register = async (username: string) => (await signUp(core, meta(), { username, password: PASSWORD })).userId;
  const [jan, kim] = [await register('jan'), await register('kim')];
  const { conversationId } = await createGroup(core, meta(jan), { name: 'Old', memberIds: [kim] });
  await core.ledger.transact(users, jan, plainMeta(), deleteUser);
  await rebuild(before.services.events, views!, () => undefined);
  await before.close();
  const after = await startProgram({ dataDir });
  try {
    const { json } = await after.call('POST', '/v1/sessions', { json: { login: 'kim', password: PASSWORD } });
    const client = await listening({ port: Number(new URL(after.url).port) }, json.accessToken, { after: 0 });
    expect(await client.all('member-removed', 1)).toMatchObject([{ conversationId, userId: jan, by: null }]);
    client.close();
  } finally {
    await after.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

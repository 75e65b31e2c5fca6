// A retry gets the first answer, even if things have changed or gone since.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { discardFiles } from '../../src/commands/discardFiles.ts';
import { leave } from '../../src/commands/leave.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { fresh, meta } from '../support/core.ts';
import { recorded } from '../support/log.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
});
afterAll(() => program.close());

const core = () => program.services.core;
const events = () => program.services.events;
const settled = async () => expect(await program.services.progress.reached(await events().head(), 10_000)).toBe(true);

/** Sends a request, changes things, and sends it again. Returns both answers. */
const twice = async (path: string, json: unknown, token: string | undefined, meanwhile: () => Promise<unknown>) => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const ask = () => program.call('POST', path, { json, token, headers });
  const first = await ask();
  await meanwhile();
  await settled();
  const before = await events().head();
  const again = await ask();
  expect(await events().head()).toBe(before);
  return [first, again].map(({ status, json }) => ({ status, json }));
};

const gone = async (username: string) => {
  const person = await program.person(username);
  return { person, goes: () => deleteUser(core(), fresh(person.id), {}) };
};

test('registering, after the name has gone to somebody else', async () => {
  const json = { username: 'first', email: 'first@example.com', password: PASSWORD };
  const [first, again] = await twice('/v1/users', json, undefined, async () => {
    const { data } = (await recorded(events(), 'UserRegistered')).at(-1)!;
    await changeAccount(core(), fresh(data.userId), { username: 'renamed', email: 'renamed@example.com' });
    expect((await program.call('POST', '/v1/users', { json })).status).toBe(201);
  });
  expect(first?.status).toBe(201);
  // Only a user who signs in may see what the account is now.
  expect(again).toEqual(first);
});

test('registering, after the account has gone', async () => {
  const json = { username: 'brief', password: PASSWORD };
  const [first, again] = await twice('/v1/users', json, undefined, async () => {
    const { data } = (await recorded(events(), 'UserRegistered')).at(-1)!;
    await deleteUser(core(), fresh(data.userId), {});
  });
  expect(again).toEqual(first);
});

test('making a private group, after a member has gone and who made it has left', async () => {
  const { person, goes } = await gone('carl');
  const json = { name: 'Tea', memberIds: [person.id], slug: 'tea' };
  const [first, again] = await twice('/v1/groups', json, ann.token, async () => {
    await goes();
    const { data } = (await recorded(events(), 'GroupCreated')).at(-1)!;
    await leave(core(), meta(ann.id), { conversationId: data.conversationId });
  });
  expect(first).toMatchObject({ status: 201, json: { role: 'owner', memberCount: 2 } });
  expect(again).toEqual(first);
});

test('adding a member who has been removed, and has gone', async () => {
  const { person, goes } = await gone('dora');
  const { conversationId } = await createGroup(core(), meta(ann.id), { name: 'Added' });
  const path = `/v1/conversations/${conversationId}/members`;
  const [first, again] = await twice(path, { userId: person.id }, ann.token, async () => {
    await removeMember(core(), meta(ann.id), { conversationId, userId: person.id });
    await goes();
  });
  expect(first?.status).toBe(201);
  const { joinedAt, role } = first!.json;
  expect(again).toMatchObject({ status: 201, json: { joinedAt, role, user: { id: person.id, deleted: true } } });
});

test('taking over a private group, after the admin has left it', async () => {
  const admin = await program.person('admin');
  await program.grant(admin.id, 'admin');
  const { conversationId } = await createGroup(core(), meta(ann.id), { name: 'Taken', memberIds: [bob.id] });
  const path = `/v1/conversations/${conversationId}/take-over`;
  const [first, again] = await twice(path, undefined, admin.token, () =>
    leave(core(), meta(admin.id), { conversationId }),
  );
  expect(first).toMatchObject({ status: 200, json: { name: 'Taken', role: 'owner', memberCount: 3 } });
  expect(again).toEqual(first);
});

test('making an invitation, after it was withdrawn', async () => {
  const admin = await program.person('inviter');
  await program.grant(admin.id, 'admin');
  const [first, again] = await twice('/v1/invitations', { uses: 5, days: 14 }, admin.token, async () => {
    const { data } = (await recorded(events(), 'InvitationMade')).at(-1)!;
    await program.call('DELETE', `/v1/invitations/${data.invitationId}`, { token: admin.token });
  });
  expect(first?.status).toBe(201);
  expect(again).toEqual(first);
});

test('making a token, after it was revoked', async () => {
  const owner = await program.person('botter');
  const json = { name: 'weather', scopes: ['read'], current: PASSWORD };
  const [first, again] = await twice('/v1/me/tokens', json, owner.token, async () => {
    const { items } = (await program.call('GET', '/v1/me/tokens', { token: owner.token })).json;
    await program.call('DELETE', `/v1/me/tokens/${items[0].id}`, { token: owner.token });
  });
  expect(first?.status).toBe(201);
  expect(again).toEqual(first);
});

test('starting a chat with somebody who has gone', async () => {
  const { person, goes } = await gone('eric');
  const [first, again] = await twice('/v1/chats', { userId: person.id }, ann.token, goes);
  expect(first?.status).toBe(201);
  expect(again).toEqual(first);
});

test('sending, after who sent it has left', async () => {
  const { conversationId } = await createGroup(core(), meta(ann.id), { name: 'Left', memberIds: [bob.id] });
  const path = `/v1/conversations/${conversationId}/messages`;
  const [first, again] = await twice(path, { text: 'bye' }, bob.token, () =>
    leave(core(), meta(bob.id), { conversationId }),
  );
  expect(first?.status).toBe(201);
  expect(again).toEqual(first);
});

test('sending, at a server that was started since and knows the command from its views alone', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-retries-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const headers = { 'Idempotency-Key': randomUUID() };
  const before = await startProgram({ dataDir });
  const { id, token } = await before.person('jan');
  const { conversationId } = await createGroup(before.services.core, meta(id), { name: 'Kept' });
  const path = `/v1/conversations/${conversationId}/messages`;
  await before.call('POST', path, { json: { text: 'zero' }, token });
  const first = await before.call('POST', path, { json: { text: 'one' }, token, headers });
  await before.call('POST', path, { json: { text: 'two' }, token });
  await before.close();
  const after = await startProgram({ dataDir });
  onTestFinished(() => after.close());
  const again = await after.call('POST', path, { json: { text: 'one' }, token, headers });
  expect(first).toMatchObject({ status: 201, json: { seq: 2, text: 'one' } });
  expect([again.status, again.json]).toEqual([201, first.json]);
});

test('storing a file, after it was discarded since nobody used it', async () => {
  const headers = { 'Idempotency-Key': randomUUID(), 'Content-Type': 'text/plain' };
  const store = () => program.call('POST', '/v1/files?name=a.txt', { token: ann.token, headers, body: 'once' });
  const first = await store();
  await settled();
  const inADay = new Date(Date.now() + 24 * 3600 * 1000);
  expect(await discardFiles(core(), program.services.queries, inADay)).toBe(1);
  await settled();
  const again = await store();
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.json).toEqual(first.json);
});

test('leaving a private group, after having left it', async () => {
  const { conversationId } = await createGroup(core(), meta(ann.id), { name: 'Out', memberIds: [bob.id] });
  const [first, again] = await twice(`/v1/conversations/${conversationId}/leave`, undefined, bob.token, async () => {});
  expect([first?.status, again?.status]).toEqual([204, 204]);
});

test('signing in, after the name and the account have gone', async () => {
  const { person, goes } = await gone('fay');
  const json = { login: person.username, password: PASSWORD };
  const [first, again] = await twice('/v1/sessions', json, undefined, goes);
  expect(first?.status).toBe(201);
  expect(again).toMatchObject({
    status: 201,
    json: { accessToken: first?.json.accessToken, refreshToken: first?.json.refreshToken },
  });
  expect((await program.call('GET', '/v1/me', { token: again?.json.accessToken })).status).toBe(401);
});

test('signing in, after the session has gone on: no later tokens than the first time', async () => {
  const person = await program.person('gus');
  const json = { login: person.username, password: PASSWORD };
  const headers = { 'Idempotency-Key': 'in' };
  const signIn = async () => (await program.call('POST', '/v1/sessions', { json, headers })).json;
  const first = await signIn();
  await program.call('POST', '/v1/sessions/refresh', { json: { refreshToken: first.refreshToken } });
  const again = await signIn();
  expect([again.accessToken, again.refreshToken]).toEqual([first.accessToken, first.refreshToken]);
});

describe('a refresh repeated with its key', () => {
  const refresh = async (refreshToken: string, key?: string) => {
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    return program.call('POST', '/v1/sessions/refresh', { json: { refreshToken }, headers });
  };
  const isOpen = async (token: string) => (await program.call('GET', '/v1/me', { token })).status === 200;

  test('gives its tokens again while they are the newest', async () => {
    const { refreshToken } = await program.person('hal');
    const [first, again] = [await refresh(refreshToken, 'r'), await refresh(refreshToken, 'r')];
    expect([first.status, again.status, again.json]).toEqual([200, 200, first.json]);
    expect(await isOpen(again.json.accessToken)).toBe(true);
  });

  test('ends the session once they were used, as any second use of an old token does', async () => {
    const { refreshToken } = await program.person('ida');
    const first = await refresh(refreshToken, 'r');
    const second = await refresh(first.json.refreshToken, 'r');
    expect(await isOpen(second.json.accessToken)).toBe(true);
    const again = await refresh(refreshToken, 'r');
    expect([again.status, again.json.code]).toEqual([401, 'refresh-token-invalid']);
    expect(await isOpen(second.json.accessToken)).toBe(false);
    expect((await recorded(events(), 'SessionClosed')).at(-1)?.data.reason).toBe('refresh-token-reused');
  });
});

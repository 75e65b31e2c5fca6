// Pictures that are stored files: everybody who sees a person or a conversation sees its picture, and nobody gets at a file of
// somebody else by one.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conversations } from '../../src/domain/conversation.ts';
import { describeConversation } from '../../src/domain/describeConversation.ts';
import { files, storeFile } from '../../src/domain/file.ts';
import { users } from '../../src/domain/user.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
let eve: Person;

beforeAll(async () => {
  program = await startProgram({ settings: { ERASE_GRACE: '0' } });
  [ann, ben, eve] = await Promise.all([program.person('ann'), program.person('ben'), program.person('eve')]);
});
afterAll(() => program.close());

const ask = (who: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: who.token, ...(json === undefined ? {} : { json }) });
const store = async (who: Person, body: string, type = 'image/png'): Promise<string> =>
  (await program.call('POST', '/v1/files?name=me.png', { token: who.token, body, headers: { 'Content-Type': type } }))
    .json.id;
const at = (fileId: string): string => `/v1/files/${fileId}`;
const setMine = async (who: Person, body: string): Promise<string> => {
  const { json } = await ask(who, 'PATCH', '/v1/me', { avatar: at(await store(who, body)) });
  return json.avatar;
};
const groupOf = async (who: Person, ...members: Person[]): Promise<string> =>
  (await ask(who, 'POST', '/v1/groups', { name: 'Tea', memberIds: members.map(({ id }) => id) })).json.id;
const describeAs = (who: Person, id: string, json: object) => ask(who, 'PATCH', `/v1/conversations/${id}`, json);
const setOf = async (who: Person, id: string, body: string): Promise<string> =>
  (await describeAs(who, id, { picture: at(await store(who, body)) })).json.picture;
const seen = async (who: Person, path: string) => {
  const { status, text, json } = await ask(who, 'GET', path);
  return status === 200 ? text : json.code;
};

describe('the picture of a person', () => {
  test('is a file that they stored, and everybody who is signed in sees it', async () => {
    const shown = await setMine(ann, 'ann’s face');
    expect(shown).toMatch(new RegExp(`^/v1/users/${ann.id}/picture\\?file=[0-9a-f-]{36}$`));
    expect((await ask(ben, 'GET', `/v1/users/${ann.id}`)).json.avatar).toBe(shown);
    for (const path of [shown, `/v1/users/${ann.id}/picture`])
      for (const who of [ann, ben, eve]) expect(await seen(who, path)).toBe('ann’s face');
    expect((await program.call('GET', shown)).status).toBe(401);
  });

  test('comes as any file does: to be shown, in ranges, by its tag, and as a HEAD', async () => {
    const shown = await setMine(ann, '0123456789');
    const get = (headers: Record<string, string>, method = 'GET') =>
      program.call(method, shown, { token: ben.token, headers });
    const whole = await get({});
    expect(whole.headers.get('content-type')).toBe('image/png');
    expect(whole.headers.get('content-disposition')).toMatch(/^inline/);
    expect((await get({ 'If-None-Match': whole.headers.get('etag')! })).status).toBe(304);
    const part = await get({ Range: 'bytes=2-4' });
    expect([part.status, part.text]).toEqual([206, '234']);
    const head = await get({}, 'HEAD');
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '10']);
  });

  test('that a browser could run is only ever downloaded', async () => {
    await ask(ann, 'PATCH', '/v1/me', { avatar: at(await store(ann, '<svg/>', 'image/svg+xml')) });
    const { headers } = await ask(ben, 'GET', `/v1/users/${ann.id}/picture`);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
  });

  test('has another address when it is another one, and the old address shows nothing', async () => {
    const old = await setMine(ann, 'with a beard');
    const shown = await setMine(ann, 'shaved');
    expect(shown).not.toBe(old);
    expect([await seen(ben, old), await seen(ben, shown)]).toEqual(['file-unknown', 'shaved']);
    await ask(ann, 'PATCH', '/v1/me', { avatar: null });
    expect([await seen(ben, shown), await seen(ben, `/v1/users/${ann.id}/picture`)]).toEqual([
      'file-unknown',
      'file-unknown',
    ]);
  });

  test('at an address elsewhere is shown as it is, and is not served here', async () => {
    const avatar = `https://chat.example${at(await store(ann, 'elsewhere'))}`;
    expect((await ask(ann, 'PATCH', '/v1/me', { avatar })).json.avatar).toBe(avatar);
    expect(await seen(ben, `/v1/users/${ann.id}/picture`)).toBe('file-unknown');
  });

  test('that a client sends back as it was shown changes nothing', async () => {
    const avatar = await setMine(ann, 'the same');
    const before = await program.services.events.head();
    expect((await ask(ann, 'PATCH', '/v1/me', { avatar })).json.avatar).toBe(avatar);
    expect(await program.services.events.head()).toBe(before);
  });

  test('is that of the present: no past is shown', async () => {
    const shown = await setMine(ann, 'now');
    const position = await program.services.events.head();
    expect(await seen(ben, `${shown}&asOf=${position}`)).toBe('no-past');
  });

  test('is gone with the account', async () => {
    const gone = await program.person('gone');
    const shown = await setMine(gone, 'gone');
    await ask(gone, 'DELETE', '/v1/me', {});
    expect((await ask(ben, 'GET', `/v1/users/${gone.id}`)).json.avatar).toBeNull();
    expect(await seen(ben, shown)).toBe('file-unknown');
  });

  test('of nobody is that of an unknown user', async () => {
    expect(await seen(ben, `/v1/users/${randomUUID()}/picture`)).toBe('user-unknown');
  });
});

describe('the picture of a conversation', () => {
  test('is for its members alone, and only while they are members', async () => {
    const group = await groupOf(ann, ben);
    const shown = await setOf(ann, group, 'a teapot');
    expect(shown).toMatch(new RegExp(`^/v1/conversations/${group}/picture\\?file=`));
    expect((await ask(ben, 'GET', `/v1/conversations/${group}`)).json.picture).toBe(shown);
    expect([await seen(ben, shown), await seen(eve, shown)]).toEqual(['a teapot', 'conversation-unknown']);
    expect(await seen(eve, `/v1/conversations/${randomUUID()}/picture`)).toBe('conversation-unknown');
    await ask(ben, 'POST', `/v1/conversations/${group}/leave`);
    expect(await seen(ben, shown)).toBe('conversation-unknown');
  });

  test('of a room and of a public group, from their making, is for everybody', async () => {
    const picture = at(await store(ann, 'open'));
    const room = (await ask(ann, 'POST', '/v1/rooms', { name: 'Lobby', picture })).json;
    const group = (await ask(ann, 'POST', '/v1/groups', { name: 'Open', public: true, picture })).json;
    for (const { picture } of [room, group]) expect(await seen(eve, picture)).toBe('open');
  });

  test('stays when whoever set it leaves, deletes the account, or another owner sends it back', async () => {
    const cleo = await program.person('cleo');
    const group = await groupOf(cleo, ben, ann);
    await ask(cleo, 'PUT', `/v1/conversations/${group}/owners/${ben.id}`);
    const picture = await setOf(cleo, group, 'ours');
    expect((await describeAs(ben, group, { picture, description: 'At five' })).json).toMatchObject({
      picture,
      description: 'At five',
    });
    await ask(cleo, 'POST', `/v1/conversations/${group}/leave`);
    await ask(cleo, 'DELETE', '/v1/me', {});
    expect(await seen(ann, picture)).toBe('ours');
    expect(await seen(ann, await setOf(ben, group, 'set by an owner who did not make the group'))).toMatch(/^set by/);
  });

  test('is none at first', async () => {
    expect(await seen(ann, `/v1/conversations/${await groupOf(ann)}/picture`)).toBe('file-unknown');
  });
});

describe('a file of somebody else', () => {
  let secret: string;
  let group: string;
  let eves: string;
  beforeEach(async () => {
    secret = await store(ann, 'ann’s secret');
    group = await groupOf(eve, ann);
    eves = `/v1/users/${eve.id}/picture?file=`;
  });

  test('becomes nobody’s picture, and the answer is that for a file that is not there', async () => {
    const ways = (picture: string) => [
      ask(eve, 'PATCH', '/v1/me', { avatar: picture }),
      ask(eve, 'POST', '/v1/groups', { name: 'Thieves', picture }),
      ask(eve, 'POST', '/v1/rooms', { name: 'Thieves', picture }),
      describeAs(eve, group, { picture }),
    ];
    const before = await program.services.events.head();
    const told = async (fileId: string) => {
      const replies = await Promise.all(
        [at(fileId), at(fileId.toUpperCase()), eves + fileId].flatMap((picture) => ways(picture)),
      );
      return replies.map(({ status, json: { requestId: _, ...problem } }) => ({ status, problem }));
    };
    const real = await told(secret);
    expect(real.map(({ status, problem }) => [status, problem.code])).toEqual(
      Array.from({ length: 12 }, () => [404, 'file-unknown']),
    );
    expect(real).toEqual(await told(randomUUID()));
    // Each attempt to make something takes a number.
    const recorded = await program.services.events.readLog(before);
    expect(recorded.map(({ type }) => type).filter((type) => type !== 'NumbersReserved')).toEqual([]);
  });

  test('is not got by naming it where the file of a picture stands', async () => {
    await setMine(eve, 'eve');
    expect(await seen(eve, eves + secret)).toBe('file-unknown');
  });

  test('is served to nobody where an older log has it as a picture', async () => {
    const by = await program.services.core.ledger.load(users, eve.id);
    const meta = { actorId: eve.id, correlationId: 'test' };
    const { position } = await program.services.core.ledger.transact(conversations, group, meta, (state) =>
      describeConversation(state, by, { picture: at(secret) }),
    );
    await program.services.progress.reached(position, 20_000);
    expect(await seen(eve, `/v1/conversations/${group}/picture`)).toBe('file-unknown');
  });

  test('nor is one without an owner, as the picture that nobody set', async () => {
    const { core, queries } = program.services;
    const fileId = randomUUID();
    const stored = { fileId, number: 1, ownerId: null, hash: '', size: 1, mediaType: 'image/png', name: 'x.png' };
    await core.ledger.transact(files, fileId, { actorId: null, correlationId: 'test' }, (file) =>
      storeFile(file, stored),
    );
    await program.settled();
    expect((await queries.filesById([fileId])).has(fileId)).toBe(true);
    expect(await queries.readablePicture({ address: at(fileId), by: null }, eve.id)).toBeUndefined();
  });

  test('is not used by a description that is refused', async () => {
    const mine = await store(eve, 'eve’s');
    const others = await groupOf(ann, eve);
    expect((await describeAs(eve, others, { picture: at(mine) })).json.code).toBe('not-an-owner');
    await program.settled();
    const unused = await program.services.queries.filesUnused('', '9', 1000);
    expect(unused.items.map(({ id }) => id)).toContain(mine);
  });
});

describe('erasing', () => {
  test('the file of a picture leaves nothing, of no kind of request', async () => {
    const fileId = await store(ann, 'erased');
    const { avatar } = (await ask(ann, 'PATCH', '/v1/me', { avatar: at(fileId) })).json;
    const group = await groupOf(ann, ben);
    const { picture } = (await describeAs(ann, group, { picture: at(fileId) })).json;
    const { headers } = await ask(ben, 'GET', avatar);
    await ask(ann, 'PUT', `/v1/files/${fileId}/erasure`);
    await program.settled();
    for (const path of [avatar, picture, at(fileId)]) {
      expect(await seen(ann, path)).toBe('file-unknown');
      expect((await ask(ann, 'HEAD', path)).status).toBe(404);
      const again = { token: ann.token, headers: { 'If-None-Match': headers.get('etag')! } };
      expect((await program.call('GET', path, again)).status).toBe(404);
    }
  });

  test('a person takes their pictures along', async () => {
    const dora = await program.person('dora');
    const group = await groupOf(dora, ben);
    const shown = [await setMine(dora, 'dora'), await setOf(dora, group, 'dora’s group')];
    for (const path of shown) expect(await seen(ben, path)).toMatch(/^dora/);
    expect((await ask(dora, 'DELETE', '/v1/me?erase=true', { current: 'correct horse' })).status).toBe(202);
    await program.settled();
    for (const path of shown) expect(await seen(ben, path)).toBe('file-unknown');
  });
});

test('sockets show the same addresses', async () => {
  const group = await groupOf(ann, ben);
  const client = await listening({ port: Number(new URL(program.url).port) }, ann.token);
  const avatar = await setMine(ann, 'on the socket');
  expect((await client.next('user')).user.avatar).toBe(avatar);
  const picture = await setOf(ann, group, 'of the group');
  expect((await client.next('conversation')).changes).toEqual({ picture });
  const wish = { name: 'Made', memberIds: [ben.id], picture: at(await store(ann, 'from the start')) };
  const made = (await ask(ann, 'POST', '/v1/groups', wish)).json;
  expect((await client.next('conversation')).changes.picture).toBe(made.picture);
  client.close();
});

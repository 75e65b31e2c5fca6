// A person takes their data along.

import { CloudEvent } from 'cloudevents';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { NO_LINK, readLine } from '../../src/history/cloudEvents.ts';
import { meta } from '../support/core.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  program = await startProgram({ settings: { LIMITS: 'on', LIMIT_EXPORTS: '3/3600', ERASE_GRACE: '0' } });
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
  const chat = (await program.call('POST', '/v1/chats', { token: ann.token, json: { userId: bob.id } })).json.id;
  for (const [{ token }, text] of [
    [ann, 'said by ann'],
    [bob, 'said by bob'],
  ] as const)
    await program.call('POST', `/v1/conversations/${chat}/messages`, { token, json: { text } });
  const content = { body: 'the plan of ann', headers: { 'Content-Type': 'text/plain' } };
  await program.call('POST', '/v1/files', { token: ann.token, ...content });
  // Where a person is named by what somebody else wrote, that is not their data.
  const named = { token: bob.token, json: { name: ann.id, description: 'a secret plan' } };
  await program.call('POST', '/v1/groups', named);
  await program.call('POST', '/v1/sessions', { json: { login: 'ann', password: 'correct horse', kind: 'key' } });
});
afterAll(() => program.close());

const taken = async ({ token }: Pick<Person, 'token'>, query = '') => {
  const { status, text, json } = await program.call('GET', `/v1/me/export${query}`, { token });
  return { status, json, lines: text.split('\n').filter((line) => line !== ''), text };
};

test('everybody gets what they said, did and were as CloudEvents, and goes on after any of them', async () => {
  const { lines, text } = await taken(ann);
  const { logId } = program.services.logIdentity;
  let before = NO_LINK;
  const events = lines.map((line, i) => {
    expect(new CloudEvent(JSON.parse(line)).validate()).toBe(true);
    const [event, link] = readLine(line, { logId, sequence: i + 1, before });
    before = link;
    return event;
  });
  const types = events.map(({ type }) => type);
  expect(types).toEqual(
    expect.arrayContaining(['UserRegistered', 'SessionOpened', 'DirectChatStarted', 'MessageSent', 'KeyIssued']),
  );
  expect(text).toContain('said by ann');
  expect(text).not.toMatch(/said by bob|a secret plan|"(passwordHash|keyHash)":"(?!\[redacted\])/);
  // The contents of files are asked for one by one: the key of a content is not shown.
  const files = events.filter(({ type }) => type === 'FileStored').map(({ data }) => JSON.parse(data).fileId as string);
  const contents = files.map(async (id) => (await program.call('GET', `/v1/files/${id}`, { token: ann.token })).text);
  expect(await Promise.all(contents)).toEqual(['the plan of ann']);
  expect(text).not.toMatch(/"contentKey":"(?!\[redacted\])/);
  const rest = await taken(ann, `?after=${events[2]!.position}`);
  const idOf = (line: string) => JSON.parse(line).id;
  expect(rest.lines.map(idOf)).toEqual(lines.slice(3).map(idOf));
  expect(await taken(ann, '?after=x')).toMatchObject({ status: 400 });
  expect(await taken(ann)).toMatchObject({ status: 429, json: { code: 'too-many-requests' } });
});

test('and what others did with what they said, up to its end', async () => {
  const [cleo, admin] = [await program.person('cleo'), await program.person('boss')];
  await program.grant(admin.id, 'admin');
  const as = ({ token }: Person, method: string, path: string, json?: object) =>
    program.call(method, path, { token, ...(json && { json }) });
  const group = (await as(cleo, 'POST', '/v1/groups', { name: 'Tea', memberIds: [bob.id] })).json.id;
  const say = async (by: Person): Promise<string> =>
    (await as(by, 'POST', `/v1/conversations/${group}/messages`, { text: 'so' })).json.id;
  const [removed, erased, bobs] = [await say(cleo), await say(cleo), await say(bob)];
  const at = (id: string): string => `/v1/conversations/${group}/messages/${id}`;
  await as(admin, 'DELETE', at(removed));
  await as(admin, 'POST', `${at(removed)}/restore`);
  expect((await as(admin, 'PUT', `${at(erased)}/erasure`)).status).toBe(202);
  await as(admin, 'DELETE', at(bobs));
  const question = { room: 'help', text: 'so', answer: 'thanks', name: 'Cleo', email: 'c@example.com' };
  const { conversationId: desk } = await makeEnquiry(program.services.core, meta(cleo.id), question);
  expect((await as(admin, 'PUT', `/v1/conversations/${desk}/visitor/erasure`)).status).toBe(202);
  const found = (await taken(cleo)).lines.map((line) => JSON.parse(line));
  const fates = found.filter(({ type }) => /Removed|Restored|Erased/.test(type));
  expect(
    fates.map(({ type, data }) => [type.split('.').at(-1), data.data.messageId ?? data.data.conversationId]),
  ).toEqual([
    ['MessageRemoved', removed],
    ['MessageRestored', removed],
    ['MessageErased', erased],
    ['VisitorErased', desk],
  ]);
});

test('a bot cannot take the data of its owner along', async () => {
  const json = { name: 'bot', scopes: ['read'] };
  const { token } = (await program.call('POST', '/v1/me/tokens', { token: bob.token, json })).json;
  expect(await taken({ token })).toMatchObject({ status: 403, json: { code: 'scope-missing' } });
});

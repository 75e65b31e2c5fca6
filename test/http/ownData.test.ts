// A person takes their data along.

import { CloudEvent } from 'cloudevents';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemas } from '../../src/domain/events.ts';
import { naming } from '../../src/domain/ofPerson.ts';
import { NO_LINK, readLine } from '../../src/history/cloudEvents.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  program = await startProgram({ settings: { LIMITS: 'on', LIMIT_EXPORTS: '3/3600' } });
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
  const chat = (await program.call('POST', '/v1/chats', { token: ann.token, json: { userId: bob.id } })).json.id;
  for (const [{ token }, text] of [
    [ann, 'said by ann'],
    [bob, 'said by bob'],
  ] as const)
    await program.call('POST', `/v1/conversations/${chat}/messages`, { token, json: { text } });
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
  const rest = await taken(ann, `?after=${events[2]!.position}`);
  const idOf = (line: string) => JSON.parse(line).id;
  expect(rest.lines.map(idOf)).toEqual(lines.slice(3).map(idOf));
  expect(await taken(ann, '?after=x')).toMatchObject({ status: 400 });
  expect(await taken(ann)).toMatchObject({ status: 429, json: { code: 'too-many-requests' } });
});

test('a bot cannot take the data of its owner along', async () => {
  const json = { name: 'bot', scopes: ['read'] };
  const { token } = (await program.call('POST', '/v1/me/tokens', { token: bob.token, json })).json;
  expect(await taken({ token })).toMatchObject({ status: 403, json: { code: 'scope-missing' } });
});

test('every field of an event that may name a person is looked at', () => {
  // `asked`: what an auditor asked about whomever is the auditor's.
  const things =
    /^(conversation|inConversation|message|session|keptSession|invitation|ticket|file|log)Id$|^(from|answers|asked)$/;
  const fields = Object.values(schemas).flatMap((schema) =>
    Object.entries(schema.shape).filter(([, field]) => /"minLength":36/.test(JSON.stringify(field.toJSONSchema()))),
  );
  const people = new Set(fields.map(([name]) => name).filter((name) => !things.test(name)));
  expect(people).toEqual(new Set([...naming, 'userIds', 'receiverId']));
});

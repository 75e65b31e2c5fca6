// Idempotency keys in the foreign APIs: registering again, and forms with files.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { fresh, meta } from '../support/core.ts';
import { recorded, textsSaid } from '../support/log.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { foreignRegistrations } from '../support/registrations.ts';

let program: Program;
let ann: Person;
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
});
afterAll(() => program.close());

const events = () => program.services.events;
const settled = async () => expect(await program.services.progress.reached(await events().head(), 10_000)).toBe(true);

describe.each(foreignRegistrations)('registering at %s', (path, form) => {
  const register = (json: object, key: string) =>
    program.call('POST', path, { json, headers: { 'Idempotency-Key': key } });

  test('again under its key gets the first answer, also when others have the names by now', async () => {
    const json = form(`a${randomUUID().slice(0, 8)}`);
    const [first, second] = [await register(json, 'once'), await register(json, 'once')];
    expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
    const { userId } = (await recorded(events(), 'UserRegistered')).at(-1)!.data;
    await changeAccount(program.services.core, fresh(userId), {
      email: `${randomUUID()}@x.io`,
      username: null,
      phone: null,
    });
    expect(await register(json, 'another')).toMatchObject({ status: 201 });
    await settled();
    const before = await events().head();
    expect((await register(json, 'once')).status).toBe(201);
    expect(await events().head()).toBe(before);
  });

  test('by somebody else under the same key is as it would be without one', async () => {
    const json = form(`b${randomUUID().slice(0, 8)}`);
    expect((await register(json, 'shared')).status).toBe(201);
    const password = 'another long secret';
    const theirs = { ...json, ...('password' in json ? { password } : { password1: password, password2: password }) };
    const without = await program.call('POST', path, { json: theirs });
    const second = await register(theirs, 'shared');
    expect([second.status, second.json]).toEqual([400, without.json]);
  });
});

test('a later key of the account is not given for a registration sent again', async () => {
  const json = { username: 'keyholder', password1: PASSWORD, password2: PASSWORD };
  const register = async () =>
    (await program.call('POST', '/silicornya/registration/', { json, headers: { 'Idempotency-Key': 'key' } })).json.key;
  const first = await register();
  await program.call('POST', '/silicornya/auth/logout/', { token: first });
  const login = { username: 'keyholder', password: PASSWORD };
  const later = (await program.call('POST', '/silicornya/auth/login/', { json: login })).json.key;
  expect(later).not.toBe(first);
  expect(await register()).toBe(first);
});

describe('a message with a file, by a form', () => {
  const send = async (path: string, fields: Record<string, string>, content: string, key: string) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set('file', new File([content], 'a.txt', { type: 'text/plain' }));
    return program.call('POST', path, { token: ann.token, body, headers: { 'Idempotency-Key': key } });
  };

  test.each([
    ['/solari/api/solarigroup/<number>/messages/', 'content'],
    ['/django-chat/api/messages/<number>/send/', 'message'],
  ])('%s: again it is one message and one file; with another file or text it is refused', async (route, text) => {
    const { conversationId } = await createGroup(program.services.core, meta(ann.id), { name: route });
    await settled();
    const { number } = (await program.services.queries.conversation(conversationId))!;
    const path = route.replace('<number>', String(number));
    const fields = { [text]: 'see', ...(text === 'message' ? { receiver_group: String(number) } : {}) };
    const key = randomUUID();
    const first = await send(path, fields, 'one of two', key);
    expect(first.status).toBe(201);
    await settled();
    const before = await events().head();
    const again = await send(path, fields, 'one of two', key);
    expect([again.status, again.json]).toEqual([201, first.json]);
    for (const other of [
      await send(path, fields, 'two of two', key),
      await send(path, { ...fields, [text]: 'look' }, 'one of two', key),
    ])
      expect(other.status).toBe(422);
    const plain = await program.call('POST', path, {
      token: ann.token,
      json: fields,
      headers: { 'Idempotency-Key': key },
    });
    expect(plain.status).toBe(422);
    expect(await events().head()).toBe(before);
    expect(await textsSaid(events(), conversationId)).toEqual(['see']);
  });
});

// An edited text is the text, wherever it is read; earlier ones are for whom the policy says, and a restored message is as before.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editMessage } from '../../src/commands/editMessage.ts';
import { importConversation } from '../../src/commands/importConversation.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { meta, plainMeta } from '../support/core.ts';
import { recorded } from '../support/log.ts';
import { logLines } from '../support/logLines.ts';
import { setPolicy } from '../support/policies.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let ben: Person;
let audrey: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben, audrey] = [await program.person('ann'), await program.person('ben'), await program.person('audrey')];
  await program.grant(audrey.id, 'auditor');
});
afterAll(() => program.close());

const core = () => program.services.core;
const call = (by: Person, method: string, path: string, json?: unknown, headers: Record<string, string> = {}) =>
  program.call(method, path, { token: by.token, headers, ...(json === undefined ? {} : { json }) });
const see = async (path: string, by: Person = ben) => (await call(by, 'GET', path)).json;
/** Of Ben's, with Ann. */
const groupOf = async (slug: string, ...more: readonly Person[]): Promise<string> =>
  (await call(ben, 'POST', '/v1/groups', { name: slug, slug, memberIds: [ann, ...more].map(({ id }) => id) })).json.id;
const say = async (group: string, text: string, more = {}): Promise<string> =>
  (await call(ann, 'POST', `/v1/conversations/${group}/messages`, { text, ...more })).json.id;
const at = (group: string, id: string, path = '') => `/v1/conversations/${group}/messages/${id}${path}`;
const edit = (group: string, id: string, text: string) => call(ann, 'PATCH', at(group, id), { text });
const textsIn = (page: { items: readonly { text: string }[] }) => page.items.map(({ text }) => text);

describe('an edited message', () => {
  test('says its new text in every answer, with the time of the edit, and stays where it was', async () => {
    const team = await groupOf('everywhere');
    const id = await say(team, 'one');
    await say(team, 'two');
    expect((await see(at(team, id))).editedAt).toBeNull();
    const { status, json } = await edit(team, id, 'won');
    const [event] = await recorded(program.services.events, 'MessageEdited', `message-${team}-${id}`);
    const editedAt = event!.at;
    expect([status, json]).toEqual([200, await see(at(team, id))]);
    expect(json).toMatchObject({ seq: 1, senderId: ann.id, text: 'won', editedAt, removedAt: null, erased: false });
    expect((await see(`/v1/conversations/${team}/messages`)).items).toMatchObject([
      json,
      { text: 'two', editedAt: null },
    ]);
    expect(textsIn(await see(`/v1/conversations/${team}/messages?around=${id}`))).toEqual(['won', 'two']);
    expect(await see(`/v1/conversations/${team}`)).toMatchObject({ unread: 2, messageCount: 2 });
  });

  test('is the preview of its conversation, in every list', async () => {
    const team = await groupOf('preview');
    const id = await say(team, 'one');
    await edit(team, id, 'won');
    expect((await see(`/v1/conversations/${team}`)).lastMessage.text).toBe('won');
    for (const path of ['/v1/conversations?limit=100', '/v1/conversations?order=activity&limit=100']) {
      const mine = (await see(path)).items.find((one: { id: string }) => one.id === team);
      expect(mine.lastMessage.text).toBe('won');
    }
  });

  test('may be edited to nothing only if it has a file', async () => {
    const team = await groupOf('with-file');
    const { id: fileId } = (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'x' })).json;
    const [plain, filed] = [await say(team, 'one'), await say(team, 'two', { fileId })];
    expect((await edit(team, plain, '')).json.code).toBe('message-empty');
    expect((await edit(team, filed, '')).json).toMatchObject({ text: '', file: { id: fileId } });
    expect((await edit(team, plain, 'x'.repeat(8001))).json.code).toBe('malformed-request');
  });

  test('answers a retry of its first sending as it did first', async () => {
    const team = await groupOf('retried');
    const path = `/v1/conversations/${team}/messages`;
    const sent = () => call(ann, 'POST', path, { text: 'one' }, { 'Idempotency-Key': 'k' });
    const first = await sent();
    await edit(team, first.json.id, 'won');
    expect((await sent()).json).toEqual(first.json);
    expect(textsIn(await see(path))).toEqual(['won']);
  });

  test('shows its text in the lists of the other APIs', async () => {
    const team = await groupOf('dialects');
    await edit(team, await say(team, 'one'), 'won');
    const { number } = await see(`/v1/conversations/${team}`);
    const of = (field: string) => (body: readonly Readonly<Record<string, string>>[]) =>
      body.map((item) => item[field]);
    const lists = [
      [`/api/solarigroup/${number}/messages/`, of('content')],
      [`/api/chats/messages/?chat=${team}`, of('content')],
      ['/cht/api/groups/dialects/chat/', ({ messages }: { messages: [] }) => of('content')(messages)],
      [`/django-chat/api/messages/${number}/`, of('message')],
    ] as const;
    for (const [path, texts] of lists) expect([path, texts(await see(path))]).toEqual([path, ['won']]);
    const { id: chat } = (await call(ann, 'POST', '/v1/chats', { userId: ben.id })).json;
    await edit(chat, await say(chat, 'one'), 'won');
    expect(of('message_text')(await see('/thanchat/chatApp/messages/'))).toEqual(['won']);
  });

  test('shows its text at a desk', async () => {
    const staff = await program.person('staff');
    await program.grant(staff.id, 'staff');
    const desk = { room: '1', name: 'Ben', email: 'ben@example.com', secret: 'ben', text: 'hi', answer: 'hello' };
    const { conversationId } = await makeEnquiry(core(), meta(ben.id), desk);
    const path = `/v1/conversations/${conversationId}/messages`;
    const { id } = (await call(staff, 'POST', path, { text: 'one' })).json;
    await editMessage(core(), meta(staff.id), { conversationId, messageId: id, text: 'won' });
    await program.settled();
    const listed = await see('/silicornya/chats/getChats/');
    expect(listed.map((one: Record<string, string>) => one.serverMessage)).toEqual(['hello', 'won']);
  });

  test('is edited by two at once into one of both texts, and the log has both', async () => {
    const team = await groupOf('race');
    const id = await say(team, 'one');
    const both = await Promise.all([edit(team, id, 'left'), edit(team, id, 'right')]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const events = await recorded(program.services.events, 'MessageEdited', `message-${team}-${id}`);
    expect(events.map(({ data }) => data.text).toSorted()).toEqual(['left', 'right']);
    expect((await see(at(team, id))).text).toBe(events[1]!.data.text);
  });
});

describe('its versions', () => {
  const versionsFor = async (by: Person, group: string, id: string, query = '') =>
    call(by, 'GET', at(group, id, `/versions${query}`));
  const codes = async (group: string, id: string, ...people: readonly Person[]) => {
    const answers: string[] = [];
    for (const by of people) {
      const { status, json } = await versionsFor(by, group, id);
      answers.push(status === 200 ? String(json.items.length) : json.code);
    }
    return answers;
  };

  test('are every text with who and when, page by page', async () => {
    const team = await groupOf('versions');
    const id = await say(team, 'one');
    expect((await versionsFor(ben, team, id)).json).toMatchObject({ items: [{ text: 'one', by: ann.id }], next: null });
    for (const text of ['two', 'three']) await edit(team, id, text);
    const whole = (await versionsFor(ben, team, id)).json;
    expect(textsIn(whole)).toEqual(['one', 'two', 'three']);
    const message = await see(at(team, id));
    expect([whole.items[0], whole.items[2]]).toMatchObject([
      { at: message.at, position: message.position, erased: false },
      { at: message.editedAt, by: ann.id },
    ]);
    const pages: string[][] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { json } = await versionsFor(ben, team, id, `?limit=1${next && `&after=${next}`}`);
      pages.push(textsIn(json));
      next = json.next;
    }
    expect(pages.flat()).toEqual(['one', 'two', 'three']);
  });

  test('are found among many other things that happened to the message, of which no page looks at more than a thousand', async () => {
    const team = await groupOf('reacted');
    const id = await say(team, 'one');
    const emoji = (i: number) => ({ conversationId: team, messageId: id, userId: ben.id, emoji: `${i}`, count: 1 });
    for (let i = 0; i < 3; i++) {
      const many = Array.from({ length: 500 }, (_, j) => ({
        type: 'ReactionAdded' as const,
        data: emoji(1000 * i + j),
      }));
      await core().ledger.transact(saidMessages, `${team}-${id}`, plainMeta(ben.id), () => many);
      await edit(team, id, `text ${i}`);
    }
    const first = (await versionsFor(ben, team, id)).json;
    const second = (await versionsFor(ben, team, id, `?after=${first.next}`)).json;
    expect([first, second].map(textsIn)).toEqual([
      ['one', 'text 0'],
      ['text 1', 'text 2'],
    ]);
    expect(second.next).toBeNull();
  });

  test.each([
    ['everyone', '2', '2', '2', '2'],
    ['moderators', '2', '2', 'not-yours', '2'],
    ['auditors', '2', 'not-yours', 'not-yours', '2'],
  ] as const)('are for %s, and always for the sender and for auditors', async (versions, ...wanted) => {
    const cleo = await program.person(`cleo-${versions}`);
    const team = await groupOf(`for-${versions}`, cleo, audrey);
    const id = await say(team, 'one');
    await edit(team, id, 'two');
    await setPolicy(core(), team, { versions });
    await program.settled();
    expect(await codes(team, id, ann, ben, cleo, audrey)).toEqual(wanted);
    const stranger = await program.person(`dora-${versions}`);
    expect(await codes(team, id, stranger)).toEqual(['conversation-unknown']);
    expect((await versionsFor(ben, team, ben.id)).json.code).toBe('message-unknown');
    const noted = (await recorded(program.services.events, 'LogRead')).filter(
      ({ data }) => data.stream === `message-${team}-${id}`,
    );
    expect(noted.map(({ data }) => data.readerId)).toEqual(versions === 'everyone' ? [] : [audrey.id]);
  });

  test('the bot of an auditor sees as such only if its token may', async () => {
    const team = await groupOf('bots', audrey);
    const id = await say(team, 'one');
    await setPolicy(core(), team, { versions: 'auditors' });
    await program.settled();
    const bot = async (scopes: readonly string[]) => {
      const { token } = (await call(audrey, 'POST', '/v1/me/tokens', { name: 'bot', scopes })).json;
      return { ...audrey, token };
    };
    expect(await codes(team, id, await bot(['read']), await bot(['read', 'audit']))).toEqual(['not-yours', '1']);
  });

  test('of a removed message are for auditors alone, until it is restored', async () => {
    const team = await groupOf('removed', audrey);
    const id = await say(team, 'one');
    await edit(team, id, 'two');
    await call(ann, 'DELETE', at(team, id));
    expect(await codes(team, id, ann, ben, audrey)).toEqual(['message-removed', 'message-removed', '2']);
    await call(ann, 'POST', at(team, id, '/restore'));
    expect(await codes(team, id, ann, ben)).toEqual(['2', '2']);
  });

  test('are told by the past only to who may see them', async () => {
    const cleo = await program.person('cleo-past');
    const team = await groupOf('past', cleo);
    const id = await say(team, 'one');
    const { position } = await see(at(team, id));
    await edit(team, id, 'two');
    const then = async (by: Person, path = at(team, id)) => see(`${path}?asOf=${position}`, by);
    expect(await then(cleo)).toMatchObject({ text: 'one', editedAt: null });
    expect(textsIn(await then(cleo, at(team, id, '/versions')))).toEqual(['one']);
    await setPolicy(core(), team, { versions: 'moderators' });
    await program.settled();
    expect(await then(cleo)).toMatchObject({ text: 'two', editedAt: expect.any(String) });
    expect(textsIn(await then(cleo, `/v1/conversations/${team}/messages`))).toEqual(['two']);
    expect((await then(cleo, `/v1/conversations/${team}`)).lastMessage.text).toBe('two');
    expect((await then(cleo, at(team, id, '/versions'))).code).toBe('not-yours');
    for (const by of [ann, ben, audrey]) expect(await then(by)).toMatchObject({ text: 'one', editedAt: null });
    expect(textsIn(await then(audrey, at(team, id, '/versions')))).toEqual(['one']);
  });
});

describe('a restored message', () => {
  test('is all that it was: its text, its file, its place among the unread', async () => {
    const team = await groupOf('restored');
    const { id: fileId } = (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'x' })).json;
    const id = await say(team, 'one', { fileId });
    await edit(team, id, 'two');
    const everything = async () => [
      await see(`/v1/conversations/${team}`),
      await see(`/v1/conversations/${team}/messages`),
      (await call(ben, 'GET', `/v1/files/${fileId}`)).status,
      (await program.services.queries.conversation(team))!.removedCount,
    ];
    const before = await everything();
    for (let times = 0; times < 2; times++) {
      await call(ann, 'DELETE', at(team, id));
      const [conversation, { items }, status] = await everything();
      expect([conversation.unread, items[0].text, items[0].editedAt, status]).toEqual([0, '', null, 404]);
      expect((await call(ann, 'POST', at(team, id, '/restore'))).status).toBe(204);
      expect(await everything()).toEqual(before);
    }
  });

  test('is in the lists of the other APIs again', async () => {
    const team = await groupOf('again');
    const id = await say(team, 'one');
    const path = `/api/chats/messages/?chat=${team}`;
    await call(ann, 'DELETE', at(team, id));
    expect(await see(path)).toEqual([]);
    await call(ann, 'POST', at(team, id, '/restore'));
    expect(await see(path)).toMatchObject([{ content: 'one' }]);
  });

  test('was removed at the time at which it was', async () => {
    const team = await groupOf('was-removed');
    const id = await say(team, 'one');
    await call(ann, 'DELETE', at(team, id));
    const removed = await program.services.events.head();
    await call(ann, 'POST', at(team, id, '/restore'));
    const then = (path: string) => see(`${path}?asOf=${removed}`);
    expect(await then(at(team, id))).toMatchObject({ text: '', removedBy: ann.id });
    expect((await then(`/v1/conversations/${team}`)).unread).toBe(0);
    expect((await see(`/v1/conversations/${team}`)).unread).toBe(1);
  });

  test('of imported history is unread to nobody again', async () => {
    const line = { kind: 'said', line: 1, nick: 'zoe', text: 'long ago', at: '2009-08-06T12:00:00.000Z' } as const;
    const lines = logLines({ source: 'a.log', lines: [line] });
    const wish = { source: 'irc', name: 'old times', ownerId: ann.id, lines };
    await importConversation(core(), program.services.queries, program.settled, wish);
    await program.settled();
    const mine = (await see('/v1/conversations?limit=100', ann)).items;
    const { id: group } = mine.find(({ name }: { name: string }) => name === 'old times');
    const [{ id }] = (await see(`/v1/conversations/${group}/messages`, ann)).items;
    await call(ann, 'POST', `/v1/conversations/${group}/read`, { upTo: 0 });
    for (const [method, path, status] of [
      ['DELETE', '', 204],
      ['POST', '/restore', 204],
    ] as const)
      expect((await call(ann, method, at(group, id, path))).status).toBe(status);
    expect(await see(`/v1/conversations/${group}`, ann)).toMatchObject({ unread: 0, messageCount: 1 });
  });
});

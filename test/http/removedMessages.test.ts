// A removed message keeps its place; what it said is nowhere but in the log.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { meta } from '../support/core.ts';
import { recorded, textsSaid } from '../support/log.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

const SECRET = 'my card is 1234';

let program: Program;
let ann: Person;
let ben: Person;
let admin: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben, admin] = [await program.person('ann'), await program.person('ben'), await program.person('admin')];
  await program.grant(admin.id, 'admin');
});
afterAll(() => program.close());

const core = () => program.services.core;
const groupOf = async (name: string, memberIds: readonly string[] = [ben.id]): Promise<string> =>
  (await createGroup(core(), meta(ann.id), { name, slug: name, public: false, memberIds: [...memberIds] }))
    .conversationId;
const say = async (conversationId: string, text: string, fileId: string | null = null): Promise<string> =>
  (await sendMessage(core(), meta(ann.id), { conversationId, text, fileId })).messageId;
const remove = (conversationId: string, messageId: string, { token }: Person = ann) =>
  program.call('DELETE', `/v1/conversations/${conversationId}/messages/${messageId}`, { token });
const get = async (path: string, { token }: Person = ben) => (await program.call('GET', path, { token })).json;
const store = async (): Promise<string> =>
  (await program.call('POST', '/v1/files?name=a.txt', { token: ann.token, body: 'bytes' })).json.id;

describe('natively', () => {
  test('its place stays in the list, with who removed it, and nobody need read it', async () => {
    const team = await groupOf('place');
    await say(team, 'one');
    const messageId = await say(team, SECRET, await store());
    expect((await remove(team, messageId)).status).toBe(204);
    const { items } = await get(`/v1/conversations/${team}/messages`);
    expect(items).toMatchObject([
      { seq: 1, text: 'one', removedAt: null, removedBy: null },
      { id: messageId, seq: 2, senderId: ann.id, kind: 'text', text: '', file: null, removedBy: ann.id },
    ]);
    const [event] = await recorded(program.services.events, 'MessageRemoved', `message-${team}-${messageId}`);
    expect(items[1].removedAt).toBe(event!.at);
    const shown = await get(`/v1/conversations/${team}`);
    expect(shown).toMatchObject({ messageCount: 2, unread: 1, lastMessage: { id: messageId, kind: 'text', text: '' } });
    const mine = await get('/v1/conversations');
    expect(mine.items.find(({ id }: { id: string }) => id === team)).toEqual(shown);
    expect(JSON.stringify(mine)).not.toContain(SECRET);
  });

  test('an older one leaves the last message as it is', async () => {
    const team = await groupOf('older');
    const messageId = await say(team, SECRET);
    await say(team, 'last');
    await remove(team, messageId);
    expect((await get(`/v1/conversations/${team}`)).lastMessage.text).toBe('last');
  });

  test('an admin removes one that it cannot read, and every auditor can still read it in the log', async () => {
    const team = await groupOf('unread');
    const messageId = await say(team, SECRET);
    expect((await program.call('GET', `/v1/conversations/${team}`, { token: admin.token })).status).toBe(404);
    expect((await remove(team, messageId, admin)).status).toBe(204);
    expect((await get(`/v1/conversations/${team}/messages`)).items[0]).toMatchObject({ text: '', removedBy: admin.id });
    const audited = await get(`/v1/audit/streams/messages-${team}`, admin);
    expect(audited.items[0].data.text).toBe(SECRET);
  });

  test('two requests that remove it at once both succeed, and one of them is recorded', async () => {
    const team = await groupOf('race');
    const messageId = await say(team, SECRET);
    const both = await Promise.all([remove(team, messageId), remove(team, messageId)]);
    expect(both.map(({ status }) => status)).toEqual([204, 204]);
    expect((await remove(team, messageId)).status).toBe(204);
    expect(await recorded(program.services.events, 'MessageRemoved', `message-${team}-${messageId}`)).toHaveLength(1);
  });

  test('its sender cannot bring back what an admin removes at the same time, or after the sender', async () => {
    const team = await groupOf('sticks');
    const restore = async (messageId: string, { token }: Person) =>
      (await program.call('POST', `/v1/conversations/${team}/messages/${messageId}/restore`, { token })).status;
    const atOnce = await say(team, SECRET);
    await Promise.all([remove(team, atOnce), remove(team, atOnce, admin)]);
    const after = await say(team, SECRET);
    await remove(team, after);
    await remove(team, after, admin);
    for (const messageId of [atOnce, after]) {
      expect(await restore(messageId, ann)).toBe(403);
      const [shown] = (await get(`/v1/conversations/${team}/messages?around=${messageId}`)).items.slice(-1);
      expect(shown).toMatchObject({ text: '', removedBy: admin.id });
      expect(await restore(messageId, admin)).toBe(204);
    }
    expect((await get(`/v1/conversations/${team}`)).unread).toBe(2);
    expect((await program.services.queries.conversation(team))!.removedCount).toBe(0);
  });
});

describe('its file', () => {
  const statusOf = async (fileId: string) =>
    (await program.call('GET', `/v1/files/${fileId}`, { token: ben.token })).status;

  test('is read only while another message of theirs has it', async () => {
    const [team, other, fileId] = [await groupOf('files'), await groupOf('more-files'), await store()];
    const messages: (readonly [string, string])[] = [];
    for (const where of [team, team, other]) messages.push([where, await say(where, '', fileId)]);
    await program.settled();
    for (const [where, messageId] of messages) {
      expect(await statusOf(fileId)).toBe(200);
      await remove(where, messageId);
    }
    expect(await statusOf(fileId)).toBe(404);
    expect((await program.call('GET', `/v1/files/${fileId}`, { token: ann.token })).status).toBe(200);
  });

  test('is read in every conversation that it was sent to, however often it was sent to others', async () => {
    const [fileId, secret] = [await store(), await groupOf('often', [])];
    await Promise.all(Array.from({ length: 101 }, () => say(secret, '', fileId)));
    await program.settled();
    expect(await statusOf(fileId)).toBe(404);
    // Conversations are asked in the order of their ids, which is that of time.
    await say(await groupOf('later'), '', fileId);
    await program.settled();
    expect(await statusOf(fileId)).toBe(200);
  });
});

describe('in the other APIs', () => {
  test('lists leave it out, also where all of a page was removed', async () => {
    const team = await groupOf('lists');
    await say(team, 'oldest');
    const removed: string[] = [];
    for (let i = 0; i < 12; i++) removed.push(await say(team, SECRET));
    await say(team, 'newest');
    for (const messageId of removed) await removeMessage(core(), meta(ann.id), { conversationId: team, messageId });
    await program.settled();
    const { number } = await get(`/v1/conversations/${team}`);
    const both = ['oldest', 'newest'];
    const newestFirst = both.toReversed();
    type Item = Readonly<Record<string, string>>;
    const of = (field: string) => (body: readonly Item[]) => body.map((item) => item[field]);
    const lists = [
      [`/api/solarigroup/${number}/messages/`, of('content'), newestFirst],
      [`/api/chats/messages/?chat=${team}`, of('content'), both],
      ['/cht/api/groups/lists/chat/', ({ messages }: { messages: Item[] }) => of('content')(messages), both],
      [`/django-chat/api/messages/${number}/`, of('message'), newestFirst],
    ] as const;
    for (const [path, textsOf, texts] of lists) expect([path, textsOf(await get(path))]).toEqual([path, texts]);
  });

  test('a direct message is gone from what the person was sent, and under its number', async () => {
    const { conversationId } = await startDirectChat(core(), meta(ann.id), { userId: ben.id });
    const [messageId] = [await say(conversationId, SECRET, await store()), await say(conversationId, 'kept')];
    await program.settled();
    const { number } = (await program.services.queries.message(messageId))!;
    const [path, file] = [`/thanchat/chatApp/messages/${number}/`, `/django-chat/api/messages/files/${number}/`];
    const statuses = async () => [
      (await program.call('GET', path, { token: ben.token })).status,
      (await program.call('GET', file, { token: ben.token })).status,
    ];
    expect(await statuses()).toEqual([200, 200]);
    await remove(conversationId, messageId);
    expect(await statuses()).toEqual([404, 404]);
    const texts = (await get('/thanchat/chatApp/messages/')).map(
      ({ message_text }: { message_text: string }) => message_text,
    );
    expect(texts).toEqual(['kept']);
    const heard = (await get(`/django-chat/api/messages/${ben.number}/`)).map(
      ({ message }: { message: string }) => message,
    );
    // The number is that of a group as well.
    expect([heard.includes('kept'), heard.includes('')]).toEqual([true, false]);
  });

  test('an enquiry is gone with its answer, and an answer leaves its enquiry', async () => {
    const at = { room: '1', name: 'Ben', email: 'ben@example.com', secret: 'ben' };
    const ask = (text: string) => makeEnquiry(core(), meta(ben.id), { ...at, text, answer: `about ${text}` });
    const [first] = [await ask('first'), await ask('second')];
    await program.settled();
    const desk = first.conversationId;
    const [enquiry, , , answer] = (await program.services.queries.messagesIn(desk, { limit: 9 })).items;
    for (const one of [enquiry!, answer!]) expect((await remove(desk, one.id, admin)).status).toBe(204);
    const listed = await get('/silicornya/chats/getChats/');
    expect(listed.map((one: Record<string, string>) => [one.message, one.serverMessage])).toEqual([['second', '']]);
  });
});

test('the log has what was said', async () => {
  const [group] = await recorded(program.services.events, 'GroupCreated');
  expect(await textsSaid(program.services.events, group!.data.conversationId)).toEqual(['one', SECRET]);
});

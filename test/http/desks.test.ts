import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { directChatId } from '../../src/domain/ids.ts';
import { type Program, startProgram } from '../support/program.ts';
import { listening } from '../support/sockets.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

test('a visitor’s account lists the desks of its address, staff all, others none', async () => {
  const [ann, ben, cleo] = await Promise.all(['ann', 'ben', 'cleo'].map((name) => program.person(name)));
  await program.grant(cleo!.id, 'staff');
  const { json: account } = await program.call('PATCH', '/v1/me', {
    token: ann!.token,
    json: { email: 'ann@visits.org' },
  });
  expect(account).toMatchObject({ email: 'ann@visits.org', emailVerified: false });
  await program.verify(ann!.id, 'ann@visits.org');
  const meta = { actorId: null, address: null, correlationId: 'test' };
  const ask = (email: string) =>
    makeEnquiry(program.services.core, meta, { room: '1', name: 'v', email, text: 'hi', answer: 'ok', secret: 'v' });
  const [own, other] = [await ask('Ann@Visits.org'), await ask('x@visits.org')];
  const list = async (token: string) => {
    const headers = { 'X-Min-Position': String(other.position) };
    const { json } = await program.call('GET', '/v1/conversations?scope=desks', { token, headers });
    return json.items.map(({ id }: { id: string }) => id);
  };
  expect(await list(ann!.token)).toEqual([own.conversationId]);
  expect(await list(ben!.token)).toEqual([]);
  expect(await list(cleo!.token)).toEqual([own.conversationId, other.conversationId]);
});

describe('an account that sees a desk', () => {
  const meta = { actorId: null, address: null, correlationId: 'test' };
  const lists = {
    native: '/v1/conversations?scope=desks',
    solari: '/solari/api/chats/',
    nargil: '/nargil/cht/api/groups/',
    thanchat: '/thanchat/chatApp/chatRooms/',
    silicornya: '/silicornya/chats/getChats/',
  };
  const shown = async (token: string): Promise<Record<string, boolean>> => {
    await program.settled();
    const pages = Object.entries(lists).map(async ([api, path]) => {
      const { text } = await program.call('GET', path, { token });
      return [api, /spam|Desk 9/.test(text)] as const;
    });
    return Object.fromEntries(await Promise.all(pages));
  };
  const everywhere = (is: boolean) => Object.fromEntries(Object.keys(lists).map((api) => [api, is]));

  test('mutes it, leaves it, blocks it and sees it again, in every API', async () => {
    const vic = await program.person('vic');
    await program.call('PATCH', '/v1/me', { token: vic.token, json: { email: 'vic@visits.org' } });
    await program.verify(vic.id, 'vic@visits.org');
    const ask = (text: string) => makeEnquiry(program.services.core, meta, { ...spam, text, secret: 'eve' });
    const spam = { room: '9', name: 'spam', email: 'vic@visits.org', answer: 'ok' };
    const { conversationId } = await ask('first');
    expect(await shown(vic.token)).toEqual(everywhere(true));
    const treat = async (as: string) => {
      const json = { as };
      const reply = await program.call('PUT', `/v1/conversations/${conversationId}/desk`, { token: vic.token, json });
      expect(reply.status).toBe(204);
    };
    const read = async () => await program.call('GET', `/v1/conversations/${conversationId}`, { token: vic.token });
    const port = Number(new URL(program.url).port);
    const client = await listening({ port }, vic.token, { conversationIds: [conversationId] });

    await treat('muted');
    await ask('while muted');
    expect(await shown(vic.token)).toEqual(everywhere(true));
    expect((await read()).json.muted).toBe(true);

    await treat('left');
    await ask('while away');
    expect(await shown(vic.token)).toEqual(everywhere(false));
    expect((await read()).status).toBe(404);
    expect(
      (
        await program.call('POST', `/v1/conversations/${conversationId}/messages`, {
          token: vic.token,
          json: { text: 'x' },
        })
      ).status,
    ).toBe(404);

    await treat('blocked');
    expect(await shown(vic.token)).toEqual(everywhere(false));
    await expect(ask('while blocked')).rejects.toThrow('desk-blocked');

    await treat('open');
    await ask('open again');
    expect(await shown(vic.token)).toEqual(everywhere(true));
    expect((await read()).json.muted).toBe(false);
    await client.all('message', 2);
    expect(client.frames.flatMap(({ message }) => message?.text ?? [])).toEqual(['open again', 'ok']);
    client.close();
  });

  test('refuses all that others open under its address, at once and in every API', async () => {
    const tim = await program.person('tim');
    await program.call('PATCH', '/v1/me', { token: tim.token, json: { email: 'tim@visits.org' } });
    await program.verify(tim.id, 'tim@visits.org');
    const ask = (secret: string, actorId: string | null = null) =>
      makeEnquiry(
        program.services.core,
        { ...meta, actorId },
        {
          room: '9',
          name: 'spam',
          email: 'tim@visits.org',
          text: 'spam',
          answer: '!',
          ...(actorId === null && { secret }),
        },
      );
    const { conversationId } = await ask('a');
    expect(await shown(tim.token)).toEqual(everywhere(true));
    const port = Number(new URL(program.url).port);
    const client = await listening({ port }, tim.token, { conversationIds: [conversationId] });
    const accept = (accepted: boolean) => program.call('PUT', '/v1/me/desks', { token: tim.token, json: { accepted } });
    expect((await accept(false)).status).toBe(204);
    for (const secret of ['a', 'b', 'c']) await ask(secret);
    expect(await shown(tim.token)).toEqual(everywhere(false));
    expect((await program.call('GET', `/v1/conversations/${conversationId}`, { token: tim.token })).status).toBe(404);
    await ask('', tim.id);
    expect(await shown(tim.token)).toEqual(everywhere(true));
    await accept(true);
    const last = await ask('a');
    await client.next('message', { conversationId });
    expect(client.frames.find(({ message }) => message)?.message.id).toBe(last.messageId);
    client.close();
  });

  test('leaves it as it leaves a group, and finds the others behind those that it left', async () => {
    const max = await program.person('max');
    await program.call('PATCH', '/v1/me', { token: max.token, json: { email: 'max@visits.org' } });
    await program.verify(max.id, 'max@visits.org');
    const ask = (secret: string) =>
      makeEnquiry(program.services.core, meta, {
        room: '9',
        name: 'm',
        email: 'max@visits.org',
        text: '?',
        answer: '!',
        secret,
      });
    const first = await ask('kept');
    const left = [await ask('a'), await ask('b')];
    const last = await ask('z');
    for (const { conversationId } of left)
      expect(
        (await program.call('POST', `/v1/conversations/${conversationId}/leave`, { token: max.token })).status,
      ).toBe(204);
    const page = async (after = '') =>
      (await program.call('GET', `/v1/conversations?scope=desks&limit=1${after}`, { token: max.token })).json;
    const one = await page();
    const two = await page(`&after=${encodeURIComponent(one.next)}`);
    expect([one, two].map(({ items }) => items[0].id)).toEqual([first.conversationId, last.conversationId]);
  });
});

test('nobody chooses the id of a group', async () => {
  const [dan, eve] = await Promise.all(['dan', 'eve'].map((name) => program.person(name)));
  const json = { name: 'trap', conversationId: directChatId(dan!.id, eve!.id) };
  const reply = await program.call('POST', '/v1/groups', { token: dan!.token, json });
  expect(reply.status).toBe(400);
  expect(reply.json.errors[0].field).toBe('conversationId');
});

// Several processes on one log and one database: it does not matter which one is asked.

import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeOnSite, newName, type Process, until } from '../support/distributed.ts';
import { PASSWORD, type Person } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { connect, listening } from '../support/sockets.ts';

/** Messages that two processes write to one conversation at once. */
const RACED = 40;
/** Times that one key is raced for. */
const ROUNDS = 2;

await describeOnSite('several processes', {}, (site) => {
  let a: Process;
  let b: Process;
  beforeAll(async () => {
    [a, b] = await Promise.all([site.start(), site.start()]);
  }, 60_000);

  const groupOf = async (owner: Person, members: readonly Person[] = []): Promise<string> => {
    const json = { name: newName('team'), memberIds: members.map(({ id }) => id) };
    return (await a.call('POST', '/v1/groups', { token: owner.token, json })).json.id;
  };
  const send = (at: Process, { token }: Person, conversationId: string, text: string, key?: string) =>
    at.call('POST', `/v1/conversations/${conversationId}/messages`, {
      token,
      json: { text },
      ...(key === undefined ? {} : { headers: { 'Idempotency-Key': key } }),
    });
  const messagesAt = async (at: Process, { token }: Person, conversationId: string, minimum = '0') => {
    const headers = { 'X-Min-Position': minimum };
    const { json } = await at.call('GET', `/v1/conversations/${conversationId}/messages?limit=100`, { token, headers });
    return json.items as { id: string; text: string; seq: number; number: number }[];
  };

  describe('what is written at one', () => {
    test('is read at once there, at another by X-Min-Position, and pushed there', async () => {
      const [ann, ben] = [await a.person(newName('ann')), await b.person(newName('ben'))];
      const team = await groupOf(ann, [ben]);
      const socket = await listening(b, ben.token);
      for (const text of ['one', 'two', 'three']) {
        const { status, headers } = await send(a, ann, team, text);
        expect(status).toBe(201);
        expect((await messagesAt(a, ann, team)).at(-1)).toMatchObject({ text });
        expect((await messagesAt(b, ben, team, headers.get('x-position')!)).at(-1)).toMatchObject({ text });
        expect((await socket.next('message')).message).toMatchObject({ text });
      }
      socket.close();
    });

    test('at both at once is there once each, numbered without gap or double, and pushed in one order', async () => {
      const [ann, ben] = [await a.person(newName('ann')), await b.person(newName('ben'))];
      const team = await groupOf(ann, [ben]);
      const sockets = [await listening(a, ann.token), await listening(b, ben.token)];
      const sent = await Promise.all(
        Array.from({ length: RACED }, (_, i) => (i % 2 ? send(a, ann, team, `${i}`) : send(b, ben, team, `${i}`))),
      );
      expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 201));
      const head = String(Math.max(...sent.map(({ headers }) => Number(headers.get('x-position')))));
      const read = await messagesAt(b, ben, team, head);
      expect(read.map(({ text }) => Number(text)).sort((one, other) => one - other)).toEqual(
        Array.from({ length: RACED }, (_, i) => i),
      );
      expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: RACED }, (_, i) => i + 1));
      expect(new Set(read.map(({ number }) => number)).size).toBe(RACED);
      for (const socket of sockets) {
        const frames = await socket.all('message', RACED);
        expect(frames.map(({ message }) => message.text)).toEqual(read.map(({ text }) => text));
        socket.close();
      }
    });
  });

  test('who types at one is seen typing at the other, by those who may read there, and nothing of it is recorded', async () => {
    const [ann, ben, cleo] = [
      await a.person(newName('ann')),
      await b.person(newName('ben')),
      await b.person(newName('cleo')),
    ];
    const team = await groupOf(ann, [ben]);
    await send(a, ann, team, 'hello');
    const [typing, hers] = [await listening(a, ann.token), await listening(b, ann.token)];
    const [his, stranger] = [await listening(b, ben.token), await listening(b, cleo.token)];
    const seen = () => his.frames.find(({ type }) => type === 'typing');
    await until('ben sees ann typing', async () => {
      typing.send({ type: 'typing', conversationId: team });
      return seen() !== undefined;
    });
    expect(seen()).toMatchObject({ conversationId: team, userId: ann.id });
    // What is pushed afterwards shows that nothing else came before it.
    await send(a, ann, team, 'done');
    await hers.next('message');
    expect((await site.recorded(team)).map(({ text }) => text)).toEqual(['hello', 'done']);
    for (const other of [hers, stranger]) expect(other.frames.filter(({ type }) => type === 'typing')).toEqual([]);
    for (const each of [typing, hers, his, stranger]) each.close();
  });

  test('who is there at one is seen at the other, and asks there not to be disturbed until a device at the first says so', async () => {
    const [ann, ben] = [await a.person(newName('ann')), await b.person(newName('ben'))];
    await groupOf(ann, [ben]);
    const his = await listening(b, ben.token);
    const [hers, phone] = [await listening(a, ann.token), await listening(b, ann.token)];
    expect(await his.next('presence', { userId: ann.id })).toMatchObject({ state: 'online' });
    phone.send({ type: 'presence', state: 'dnd' });
    await hers.next('presence', { userId: ann.id, state: 'dnd' });
    const asked = await a.call('GET', `/v1/presence?users=${ann.id},${ben.id}`, { token: ann.token });
    expect(asked.json.items.map(({ state }: { state: string }) => state)).toEqual(['dnd', 'online']);
    hers.send({ type: 'presence', state: 'online' });
    await his.next('presence', { userId: ann.id, state: 'online' });
    await b.call('PUT', '/v1/me/status', { token: ann.token, json: { text: 'Lunch' } });
    await until('ann sees her status', async () =>
      hers.frames.some(
        ({ type, userId, status }) => type === 'presence' && userId === ann.id && status?.text === 'Lunch',
      ),
    );
    for (const each of [hers, phone, his]) each.close();
  });

  describe('raced for at two', () => {
    test('a name goes to one', async () => {
      const username = newName('wanted');
      const json = { username, password: PASSWORD };
      const answers = await Promise.all([a, b, a, b].map((at) => at.call('POST', '/v1/users', { json })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
      const ids = await Promise.all([a, b].map(async (at) => (await at.person(newName('zoe'))).number));
      expect(new Set([...ids, answers.find(({ status }) => status === 201)!.json.number]).size).toBe(3);
    });

    test('a chat started from both sides is one', async () => {
      const [ann, ben] = [await a.person(newName('ann')), await b.person(newName('ben'))];
      const start = (at: Process, from: Person, to: Person) =>
        at.call('POST', '/v1/chats', { token: from.token, json: { userId: to.id } });
      const answers = await Promise.all([start(a, ann, ben), start(b, ben, ann), start(b, ann, ben)]);
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    });

    test('people added at both to one group are all members of it, once each', async () => {
      const ann = await a.person(newName('ann'));
      const team = await groupOf(ann);
      const people = await Promise.all(Array.from({ length: 6 }, (_, i) => (i % 2 ? a : b).person(newName('p'))));
      const add = (at: Process, userId: string) =>
        at.call('POST', `/v1/conversations/${team}/members`, { token: ann.token, json: { userId } });
      const added = await Promise.all(people.flatMap(({ id }) => [add(a, id), add(b, id)]));
      expect(added.every(({ status }) => status < 300)).toBe(true);
      const position = String(Math.max(...added.map(({ headers }) => Number(headers.get('x-position')))));
      const { json } = await b.call('GET', `/v1/conversations/${team}/members`, {
        token: ann.token,
        headers: { 'X-Min-Position': position },
      });
      expect(json.items).toHaveLength(7);
    });

    test('a command under one key is carried out once, with one answer, and its key is good for no other', async () => {
      const ann = await a.person(newName('ann'));
      const team = await groupOf(ann);
      for (let round = 0; round < ROUNDS; round++) {
        const key = randomUUID();
        const answers = await Promise.all([a, b, a, b].map((at) => send(at, ann, team, `round ${round}`, key)));
        expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
        expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
        expect((await send(round % 2 ? a : b, ann, team, 'another', key)).json.code).toBe('command-key-reused');
      }
      const texts = (await site.recorded(team)).map(({ text }) => text);
      expect(texts).toEqual(Array.from({ length: ROUNDS }, (_, round) => `round ${round}`));
    });

    test('an account registered twice under one key is one', async () => {
      const json = { username: newName('once'), password: PASSWORD };
      const headers = { 'Idempotency-Key': randomUUID() };
      const answers = await Promise.all([a, b].map((at) => at.call('POST', '/v1/users', { json, headers })));
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect(answers[0]!.json).toEqual(answers[1]!.json);
    });
  });

  describe('once it is answered at one, another accepts nothing more from somebody', () => {
    test('who was removed from the group, over HTTP and over a socket', async () => {
      const ann = await a.person(newName('ann'));
      for (let round = 0; round < 2; round++) {
        const ben = await b.person(newName('ben'));
        const team = await groupOf(ann, [ben]);
        const socket = await listening(b, ben.token);
        expect((await send(b, ben, team, 'in')).status).toBe(201);
        const removed = await a.call('DELETE', `/v1/conversations/${team}/members/${ben.id}`, { token: ann.token });
        expect(removed.status).toBe(204);
        socket.send({ type: 'send', key: 'late', conversationId: team, text: 'late' });
        expect((await send(b, ben, team, 'late')).status).toBeGreaterThanOrEqual(400);
        expect(await socket.next('refused')).toMatchObject({ key: 'late' });
        expect((await send(a, ann, team, 'unheard')).status).toBe(201);
        expect((await site.recorded(team)).map(({ text }) => text)).toEqual(['in', 'unheard']);
        expect(socket.frames.filter(({ message }) => message?.text === 'unheard')).toEqual([]);
        socket.close();
      }
    });

    const endings: readonly [string, (ben: Person) => Promise<{ status: number }>][] = [
      ['who logged out', ({ token }) => a.call('DELETE', '/v1/sessions/current', { token })],
      [
        'whose password changed in another session',
        async ({ username }) => {
          const json = { login: username, password: PASSWORD };
          const { accessToken: token } = (await a.call('POST', '/v1/sessions', { json })).json;
          return a.call('PUT', '/v1/me/password', { token, json: { password: 'another horse', current: PASSWORD } });
        },
      ],
      ['whose account is deleted', ({ token }) => a.call('DELETE', '/v1/me', { token })],
    ];
    test.each(endings)('%s, over HTTP and over a socket', async (_, end) => {
      const ann = await a.person(newName('ann'));
      for (let round = 0; round < 2; round++) {
        const ben = await b.person(newName('ben'));
        const team = await groupOf(ann, [ben]);
        const socket = await listening(b, ben.token);
        const other = await connect(b, { token: ben.token });
        await other.next('ready');
        expect((await b.call('GET', '/v1/me', { token: ben.token })).status).toBe(200);
        expect((await end(ben)).status).toBeLessThan(300);
        for (const each of [socket, other])
          each.send({ type: 'send', key: 'late', conversationId: team, text: 'late' });
        expect((await send(b, ben, team, 'late')).status).toBe(401);
        expect((await b.call('GET', '/v1/me', { token: ben.token })).status).toBe(401);
        expect((await send(a, ann, team, 'unheard')).status).toBe(201);
        for (const each of [socket, other]) {
          expect((await each.closed).code).toBe(4401);
          expect(each.frames.filter(({ type }) => type === 'accepted' || type === 'message')).toEqual([]);
        }
        expect((await site.recorded(team)).map(({ text }) => text)).toEqual(['unheard']);
      }
    });
  });

  test('a socket that was closed at one goes on at another from where it was', async () => {
    const [ann, ben] = [await a.person(newName('ann')), await b.person(newName('ben'))];
    const team = await groupOf(ann, [ben]);
    const socket = await listening(a, ben.token);
    await send(a, ann, team, 'one');
    const { position } = await socket.next('message');
    socket.close();
    for (const text of ['two', 'three']) await send(b, ann, team, text);
    const moved = await listening(b, ben.token, { after: position });
    expect((await moved.all('message', 2)).map(({ message }) => message.text)).toEqual(['two', 'three']);
    moved.close();
  });

  test.skipIf(site.hasOwnViews)(
    'the command line checks the views, and erases at once, beside those that keep them',
    async () => {
      const ann = await a.person(newName('ann'));
      const team = await groupOf(ann);
      await send(a, ann, team, 'secret');
      expect((await runVerbHere(['doctor'], site.settings)).code).toBe(0);
      const { code, out } = await runVerbHere(['erase', '--now', ann.username], site.settings);
      expect([code, decodeJwt(out.trim())]).toMatchObject([0, { erased: 'person', targetId: ann.id }]);
      expect((await b.call('GET', '/v1/me', { token: ann.token })).status).toBe(401);
      expect((await site.recorded(team)).map(({ text }) => text)).not.toContain('secret');
    },
  );

  test('views kept by turns equal views built from the first event', async () => {
    await site.isLikeRebuilt();
    // They serve at both, without a restart.
    const ann = await a.person(newName('ann'));
    const team = await groupOf(ann);
    const { headers } = await send(b, ann, team, 'after');
    expect((await messagesAt(a, ann, team, headers.get('x-position')!)).map(({ text }) => text)).toEqual(['after']);
  });
});

// A store is away: what can go on does, the rest is told when to come again, and all of it heals by itself.

import { randomUUID } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectMongo } from '../../src/store/mongoDb/connection.ts';
import { KEYS } from '../../src/store/mongoDb/keyStore.ts';
import { describeOnSite, newName, type Process, until } from '../support/distributed.ts';
import { PASSWORD, type Person } from '../support/program.ts';
import { connect, listening } from '../support/sockets.ts';

/** Answers lost, one after the other. */
const ROUNDS = 2;

await describeOnSite('stores that come and go', { faults: true }, (site) => {
  let a: Process;
  let b: Process;
  let ann: Person;
  let key: string;
  let team: string;
  beforeAll(async () => {
    [a, b] = await Promise.all([site.start(), site.start()]);
  }, 60_000);
  beforeEach(async () => {
    await until('both are ready', async () =>
      (await Promise.all([a, b].map((at) => at.call('GET', '/readyz')))).every(({ json }) => json.status === 'ready'),
    );
    ann = await a.person(newName('ann'));
    const signIn = { login: ann.username, password: PASSWORD, kind: 'key' };
    key = (await a.call('POST', '/v1/sessions', { json: signIn })).json.key;
    const { json } = await a.call('POST', '/v1/groups', { token: ann.token, json: { name: newName('team') } });
    team = json.id;
    await site.settled();
    // Both have seen her lately.
    for (const at of [a, b])
      for (const token of [ann.token, key]) expect((await at.call('GET', '/v1/me', { token })).status).toBe(200);
  });

  const say = (at: Process, text: string, idempotencyKey?: string, token = ann.token) =>
    at.call('POST', `/v1/conversations/${team}/messages`, {
      token,
      json: { text },
      headers: idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
    });
  const read = (at: Process, token = ann.token) => at.call('GET', `/v1/conversations/${team}/messages`, { token });
  const texts = async () => (await site.recorded(team)).map(({ text }) => text);
  /** The test's own client pauses before it tries again, too. */
  const isReadHere = () =>
    until('the test reads the log again', () =>
      site.events.head().then(
        () => true,
        () => false,
      ),
    );
  /** The process stays in service, since it does what it can, and says what it misses. */
  const isDegraded = (at: Process, store: string) =>
    until(`${store} are missed`, async () => {
      const { status, json } = await at.call('GET', '/readyz');
      return (
        status === 200 &&
        json.status === 'degraded' &&
        json.troubles.some((trouble: string) => trouble.startsWith(`${store}:`))
      );
    });

  describe('while EventStoreDB is away', () => {
    test('people read on, commands are to come again, and nothing is lost to a socket when it is back', async () => {
      const socket = await listening(b, ann.token);
      expect((await say(a, 'before')).status).toBe(201);
      await site.node.goAway();
      await Promise.all([isDegraded(a, 'events'), isDegraded(b, 'events')]);
      for (const at of [a, b])
        for (const token of [ann.token, key]) {
          expect((await read(at, token)).json.items).toMatchObject([{ text: 'before' }]);
          const refused = await say(at, 'during', undefined, token);
          expect(refused).toMatchObject({ status: 503, json: { code: 'unavailable' } });
          expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        }
      socket.send({ type: 'send', key: 'during', conversationId: team, text: 'during' });
      expect(await socket.next('refused')).toMatchObject({ code: 'unavailable' });
      await site.node.comeBack();
      const idempotencyKey = randomUUID();
      await until('messages are taken again', async () => (await say(a, 'after', idempotencyKey)).status === 201);
      const pushed = (await socket.all('message', 2)).map(({ message }) => message.text);
      expect(pushed).toEqual(['before', 'after']);
      socket.close();
      await isReadHere();
      expect(await texts()).toEqual(['before', 'after']);
      await site.isLikeRebuilt();
    });

    test('nobody who logged out or is not known here reads', async () => {
      const [ben, cleo] = [await a.person(newName('ben')), await a.person(newName('cleo'))];
      for (const at of [a, b]) expect((await at.call('GET', '/v1/me', { token: ben.token })).status).toBe(200);
      expect((await a.call('DELETE', '/v1/sessions/current', { token: ben.token })).status).toBe(204);
      await until('it is known at the other', async () => (await b.call('GET', '/readyz')).json.lag === 0);
      await site.node.goAway();
      await Promise.all([isDegraded(a, 'events'), isDegraded(b, 'events')]);
      for (const at of [a, b])
        expect([401, 503]).toContain((await at.call('GET', '/v1/me', { token: ben.token })).status);
      const unseen = await b.call('GET', '/v1/me', { token: cleo.token });
      expect(unseen.status).toBe(503);
      expect(Number(unseen.headers.get('retry-after'))).toBeGreaterThan(0);
      await expect(connect(b, { token: cleo.token })).rejects.toMatchObject({ status: 503 });
      await site.node.comeBack();
      await isReadHere();
    });
  });

  test('an EventStoreDB that takes and reads, but pushes nothing, is named with its reason until it pushes again', async () => {
    const socket = await listening(b, ann.token);
    const troubles = async (at: Process) => (await at.call('GET', '/readyz')).json.troubles;
    site.node.refuseSubscriptions('too many subscriptions');
    for (const at of [a, b])
      await until('the standstill is named', async () =>
        (await troubles(at)).some((trouble: string) =>
          trouble.startsWith('events: not followed: EventStoreDB says RESOURCE_EXHAUSTED: too many subscriptions.'),
        ),
      );
    expect([201, 202]).toContain((await say(a, 'during')).status);
    site.node.refuseSubscriptions(undefined);
    expect((await socket.next('message')).message.text).toBe('during');
    socket.close();
    for (const at of [a, b])
      await until('nothing is amiss', async () => (await at.call('GET', '/readyz')).json.status === 'ready');
  });

  test('answers of EventStoreDB that are lost cost nobody anything', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      site.node.loseReplies(1);
      const sent = await Promise.all([a, b].map((at) => say(at, `round ${round}`, randomUUID())));
      for (const { status } of sent) expect([201, 202]).toContain(status);
    }
    expect((await texts()).length).toBe(2 * ROUNDS);
    await site.isLikeRebuilt();
  });

  test('an EventStoreDB that is slower than anybody waits is as good as away, until it answers again', async () => {
    site.node.delayAnswers(60_000);
    const idempotencyKey = randomUUID();
    expect((await say(a, 'patience', idempotencyKey)).status).toBe(503);
    site.node.delayAnswers(0);
    await until('messages are taken again', async () => (await say(b, 'patience', idempotencyKey)).status === 201);
    await isReadHere();
    expect(await texts()).toEqual(['patience']);
  }, 60_000);

  test('a client cut off between its request and the answer finds the first result, wherever it asks again', async () => {
    for (let round = 0; round < 5; round++) {
      const idempotencyKey = randomUUID();
      const body = JSON.stringify({ text: `round ${round}` });
      site.node.delayAnswers(30);
      await new Promise<void>((done) => {
        const socket = connectSocket(a.port, '127.0.0.1', () => {
          socket.write(
            `POST /v1/conversations/${team}/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\n` +
              `Idempotency-Key: ${idempotencyKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          );
          // At another moment each time: before it is decided, before it is recorded, before it is answered.
          setTimeout(() => socket.resetAndDestroy(), 30 * (round + 1));
        });
        socket.on('close', () => done());
      });
      site.node.delayAnswers(0);
      const again = await Promise.all([a, b].map((at) => say(at, `round ${round}`, idempotencyKey)));
      expect(again.map(({ status }) => status)).toEqual([201, 201]);
      expect(again[0]!.json.id).toBe(again[1]!.json.id);
    }
    expect(await texts()).toEqual(Array.from({ length: 5 }, (_, round) => `round ${round}`));
  });

  test.skipIf(site.hasOwnViews)(
    'a process that nobody has written to yet takes messages while MongoDB is away',
    async () => {
      const { db, close } = await connectMongo({ url: site.settings.MONGODB_URL! });
      const blocks = () => db.collection(KEYS).countDocuments();
      const before = await blocks();
      const fresh = await site.start();
      await until('it is ready', async () => (await fresh.call('GET', '/readyz')).json.status === 'ready');
      expect((await fresh.call('GET', '/v1/me', { token: ann.token })).status).toBe(200);
      await until('it has keys for messages', async () => (await blocks()) > before);
      await close();
      await site.mongo.kill();
      await isDegraded(fresh, 'views');
      expect(await say(fresh, 'first')).toMatchObject({ status: 202, json: { position: expect.any(Number) } });
      await site.mongo.restart();
      await until('it is read again', async () => (await read(fresh)).status === 200);
      await site.settled();
      expect(await texts()).toEqual(['first']);
      await fresh.stop();
    },
    60_000,
  );

  const absences: readonly [string, () => Promise<void>, () => Promise<void>][] = [
    ['is gone', () => site.mongo.kill(), () => site.mongo.restart()],
    ['does not answer', async () => site.mongo.pause(), async () => site.mongo.resume()],
  ];
  describe.skipIf(site.hasOwnViews).each(absences)('while MongoDB %s', (_, leave, comeBack) => {
    test('people write on, reads are to come again, and the views have all of it when it is back', async () => {
      const socket = await listening(b, ann.token);
      expect((await say(a, 'before')).status).toBe(201);
      await leave();
      await Promise.all([isDegraded(a, 'views'), isDegraded(b, 'views')]);
      const idempotencyKey = randomUUID();
      for (const [at, text, given, token] of [
        [a, 'one', undefined, ann.token],
        [b, 'two', undefined, key],
        [a, 'three', idempotencyKey, ann.token],
        [b, 'three', idempotencyKey, ann.token],
      ] as const) {
        const sent = await say(at, text, given, token);
        expect(sent).toMatchObject({ status: 202, json: { position: expect.any(Number) } });
      }
      socket.send({ type: 'send', key: 'socket', conversationId: team, text: 'four' });
      expect(await socket.next('accepted')).toMatchObject({ key: 'socket' });
      const refused = await read(a);
      expect(refused).toMatchObject({ status: 503 });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await comeBack();
      await until('it is read again', async () => (await read(b)).status === 200);
      await site.settled();
      const wanted = ['before', 'one', 'two', 'three', 'four'];
      expect((await read(a)).json.items.map(({ text }: { text: string }) => text)).toEqual(wanted);
      expect((await socket.all('message', 5)).map(({ message }) => message.text)).toEqual(wanted);
      socket.close();
      await site.isLikeRebuilt();
    }, 60_000);
  });
});

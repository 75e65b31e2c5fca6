// Going on after any position: each event once, in order, without a gap, whatever happens meanwhile.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockFor } from '../support/blockFor.ts';
import { createGate, instead } from '../support/instead.ts';
import { positionBefore, positionsOf } from '../support/log.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { smallPages } from '../support/smallPages.ts';
import { type Client, connect, type Frame, listening, type SocketServer, startSockets } from '../support/sockets.ts';
import { isDistributed } from '../support/stores.ts';

let program: Program;
let server: SocketServer;
let ann: Person;
let ben: Person;

beforeAll(async () => {
  program = await startProgram({ stores: smallPages(10) });
  server = await startSockets(program, { settings: { MAX_BUFFER: 100_000 } });
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});

afterAll(async () => {
  await server.close();
  await program.close();
});

const group = async (owner: Person, members: readonly Person[]): Promise<string> => {
  const json = { name: 'team', memberIds: members.map(({ id }) => id) };
  return (await program.call('POST', '/v1/groups', { token: owner.token, json })).json.id;
};

const say = async (by: Person, conversationId: string, text: string): Promise<Frame> =>
  (await program.call('POST', `/v1/conversations/${conversationId}/messages`, { token: by.token, json: { text } }))
    .json;

const justBefore = ({ position }: Frame): Promise<number> => positionBefore(program.services.events, position);

const leave = (client: Client) => {
  client.close();
  return client.closed;
};

const placed = (client: Client): readonly Frame[] =>
  client.frames.filter(
    ({ type, position }) => position !== undefined && !['ready', 'caught-up', 'accepted'].includes(type),
  );

/** Everything placed that a client was told up to a message. */
const until = async (client: Client, position: number): Promise<readonly Frame[]> => {
  if (!client.frames.some((frame) => frame.type === 'message' && frame.position === position))
    await client.next('message', { position });
  return placed(client).filter((frame) => frame.position <= position);
};

/** Messages that may have been said before somebody comes. */
const LATEST = 8;

describe('a socket that resumes', () => {
  test('is told what a socket was told that never left, from wherever it goes on, while people go on talking', async () => {
    const teams = await Promise.all([group(ann, [ben]), group(ben, [ann]), group(ann, [])]);
    const secret = await group(ann, []);
    const witness = await listening(server, ben.token, { after: 0 });
    /** Those who wait for one more message each. */
    const waiting: (() => void)[] = [];
    const speaking = async (by: Person, conversationId: string, words: number) => {
      for (let i = 0; i < words; i++) {
        await say(by, conversationId, `${by.username} ${i}`);
        waiting.shift()?.();
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ from: fc.nat(), late: fc.nat({ max: LATEST }) }), { minLength: 1, maxLength: 6 }),
        async (comings) => {
          const positions = await positionsOf(program.services.events);
          const said = Array.from({ length: LATEST }, () => new Promise<void>((resolve) => waiting.push(resolve)));
          const talk = Promise.all([
            speaking(ann, teams[0]!, 5),
            speaking(ben, teams[1]!, 5),
            speaking(ann, secret, 4),
            speaking(ann, teams[0]!, 4),
          ]);
          const clients = await Promise.all(
            comings.map(async ({ from, late }) => {
              const after = positions[from % positions.length]!;
              await said[late - 1];
              return { after, client: await listening(server, ben.token, { after }) };
            }),
          );
          await talk;
          const { position } = await say(ann, teams[0]!, 'the end');
          const all = await until(witness, position);
          for (const { after, client } of clients) {
            expect(await until(client, position)).toEqual(all.filter((frame) => frame.position > after));
            await leave(client);
          }
        },
      ),
      { numRuns: 6 },
    );
    const positions = placed(witness).map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
    expect(placed(witness).some(({ conversationId }) => conversationId === secret)).toBe(false);
    await leave(witness);
  });

  test('hears that it has caught up between what was and what comes', async () => {
    const team = await group(ann, [ben]);
    const old = await say(ann, team, 'old');
    const client = await connect(server, { token: ben.token });
    client.send({ type: 'subscribe', key: 's', after: await justBefore(old) });
    const { position } = await client.next('caught-up', { key: 's' });
    const fresh = await say(ann, team, 'new');
    await client.next('message', { position: fresh.position });
    const kinds = client.frames.map(({ type, position }) => [type, position]);
    expect(kinds.slice(1)).toEqual([
      ['message', old.position],
      ['caught-up', position],
      ['message', fresh.position],
    ]);
    client.send({ type: 'subscribe', after: 0 });
    expect(await client.next('refused')).toMatchObject({ code: 'already-subscribed' });
    await leave(client);
  });

  test('that subscribes to more meanwhile hears that it has caught up once it has, and not before', async () => {
    const team = await group(ann, [ben]);
    const { id: lobby } = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'lobby' } })).json;
    const from = await program.services.events.head();
    // More than one page of history.
    for (let i = 0; i < 12; i++) await say(ann, team, `text ${i}`);
    const client = await connect(server, { token: ben.token });
    client.send({ type: 'subscribe', key: 'all', after: from });
    client.send({ type: 'subscribe', key: 'more', conversationIds: [lobby] });
    await client.next('caught-up', { key: 'more' });
    const caughtUp = client.frames.filter(({ type }) => type === 'caught-up').map(({ key }) => key);
    expect(caughtUp).toEqual(['all', 'more']);
    expect(client.frames.filter(({ type }) => type === 'message')).toHaveLength(12);
    const { position } = await say(ann, lobby, 'hello');
    await client.next('message', { position });
    await leave(client);
  });

  test('that lies ahead of a process and subscribes to more there hears of no position before its own', async () => {
    const { events } = program.services;
    const gate = createGate();
    gate.shut();
    const follow: typeof events.follow = async function* (after, signal) {
      await gate.passed();
      yield* events.follow(after, signal);
    };
    const services = { ...program.services, events: instead(events, { follow }) };
    const behind = await startSockets({ ...program, services });
    const team = await group(ann, [ben]);
    const { position: after } = await say(ann, team, 'heard elsewhere');
    const client = await listening(behind, ben.token, { after });
    client.send({ type: 'subscribe', key: 'more' });
    const { position } = await client.next('caught-up', { key: 'more' });
    expect(position).toBe(after);
    gate.open();
    const { position: next } = await say(ann, team, 'new');
    await client.next('message', { position: next });
    expect(placed(client)).toHaveLength(1);
    await behind.close();
  });

  test('after a place the log has not told yet, hears only what lies behind that', async () => {
    const team = await group(ann, [ben]);
    const client = await connect(server, { token: ben.token });
    await client.next('ready');
    const told = await Promise.all(Array.from({ length: 20 }, (_, i) => say(ann, team, `text ${i}`)));
    const positions = told.map(({ position }) => position).toSorted((a, b) => a - b);
    client.send({ type: 'subscribe', after: positions[10] });
    const { position } = await say(ann, team, 'the end');
    await client.next('message', { position });
    expect(placed(client).map((frame) => frame.position)).toEqual([...positions.slice(11), position]);
    await leave(client);
  });

  test('is refused a number that is no position, stays, and takes nothing else along', async () => {
    const team = await group(ann, [ben]);
    const { position } = await say(ann, team, 'one');
    const between = isDistributed ? [position - 1, position + 1] : [];
    const client = await connect(server, { token: ben.token });
    await program.grant(ben.id, 'auditor');
    for (const after of [...between, position + 10_000_000, Number.MAX_SAFE_INTEGER]) {
      const others = Array.from({ length: 20 }, (_, i) => say(ann, team, `${after} ${i}`));
      client.send({ type: 'subscribe', key: `${after}`, after });
      const audited = program.call('GET', `/v1/audit/events?after=${after}`, { token: ben.token });
      const refused = await client.next('refused', { key: `${after}` });
      expect(refused).toMatchObject({ code: 'position-unknown', field: 'after', begin: 0 });
      expect(await audited).toMatchObject({
        status: 400,
        json: { code: 'position-unknown', errors: [{ field: 'after' }] },
      });
      for (const said of await Promise.all(others)) expect(said.position).toBeGreaterThan(position);
    }
    expect(program.services.troubles()).toEqual([]);
    client.send({ type: 'subscribe', key: 'good', after: position });
    await client.next('caught-up', { key: 'good' });
    await leave(client);
  });

  test('rooms it names are in its history too', async () => {
    const lobby = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'lobby' } })).json.id;
    const said = await say(ann, lobby, 'hello');
    const client = await connect(server, { token: ben.token });
    client.send({ type: 'subscribe', after: await justBefore(said), conversationIds: [lobby] });
    expect(await client.next('message')).toMatchObject({ conversationId: lobby, position: said.position });
    await leave(client);
  });

  test('learns that it was removed while it was away, and nothing else of that group', async () => {
    const team = await group(ann, [ben]);
    const said = await say(ann, team, 'before');
    await program.call('DELETE', `/v1/conversations/${team}/members/${ben.id}`, { token: ann.token });
    await say(ann, team, 'after');
    const client = await listening(server, ben.token, { after: await justBefore(said) });
    expect(placed(client)).toEqual([
      expect.objectContaining({ type: 'member-removed', conversationId: team, userId: ben.id }),
    ]);
    await leave(client);
  });
});

const LONG = '🙂'.repeat(8000);

// Of the connection, whatever the stores: cutOff.test.ts has the place at which one goes on, over both pairs.
describe.skipIf(isDistributed)('a client that does not read', () => {
  test('is closed with the place from which it misses nothing, and keeps nobody else', async () => {
    const team = await group(ann, [ben]);
    const [slow, lost, quick] = await Promise.all(Array.from({ length: 3 }, () => listening(server, ben.token)));
    // Those of the tests before have left, at the server too.
    await expect.poll(() => server.sockets.size).toBe(3);
    for (const { ws } of [slow!, lost!]) ws.pause();
    const sent: number[] = [];
    while (server.hub.size > 1)
      for (const { position } of await Promise.all(Array.from({ length: 20 }, () => say(ann, team, LONG))))
        sent.push(position);
    sent.push((await say(ann, team, 'the end')).position);
    expect((await quick!.all('message', sent.length)).map(({ position }) => position)).toEqual(
      sent.toSorted((a, b) => a - b),
    );
    slow!.ws.resume();
    const { code, reason } = await slow!.closed;
    expect(code).toBe(4408);
    const { resume } = JSON.parse(reason);
    const again = await listening(server, ben.token, { after: resume });
    const heard = [...placed(slow!), ...placed(again)].map(({ position }) => position);
    expect(placed(again).length).toBeGreaterThan(0);
    expect(heard).toEqual(sent.toSorted((a, b) => a - b));
    await Promise.all([leave(quick!), leave(again)]);
    // The memory of the one that never reads is given back.
    await expect.poll(() => server.sockets.size).toBe(0);
    lost!.ws.terminate();
  });

  test('its history waits for it, but not for ever', async () => {
    const impatient = await startSockets(program, { heartbeat: 300 });
    const client = await connect(impatient, { token: ben.token });
    await client.next('ready');
    client.ws.pause();
    client.send({ type: 'subscribe', after: 0 });
    await expect.poll(() => impatient.sockets.size).toBe(0);
    expect(impatient.hub.size).toBe(0);
    client.ws.terminate();
    await impatient.close();
  });
});

describe.skipIf(isDistributed)('a peer that vanishes', () => {
  test('is forgotten within two heartbeats; one that answers stays', async () => {
    const other = await startSockets(program, { heartbeat: 150 });
    const silent = await connect(other, { token: ann.token, options: { autoPong: false } });
    const alive = await connect(other, { token: ann.token });
    expect(await silent.closed).toMatchObject({ code: 1006 });
    await new Promise((resolve) => alive.ws.once('ping', resolve));
    await new Promise((resolve) => alive.ws.once('ping', resolve));
    alive.send({ type: 'ping' });
    await alive.next('pong');
    expect(other.hub.size).toBe(1);
    await leave(alive);
    await other.close();
  });

  test('is not one whose answer waits because the process was blocked', async () => {
    const other = await startSockets(program, { heartbeat: 200 });
    const alive = await connect(other, { token: ann.token });
    const pinged = () => new Promise((resolve) => alive.ws.once('ping', resolve));
    // Its pong has left when it tells of the ping, and nobody has read it.
    alive.ws.once('ping', () => blockFor(1000));
    await pinged();
    await Promise.race([pinged(), alive.closed]);
    alive.send({ type: 'ping' });
    await alive.next('pong');
    await leave(alive);
    await other.close();
  });
});

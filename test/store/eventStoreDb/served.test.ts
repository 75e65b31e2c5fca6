// A program on EventStoreDB, with embedded views: what people see of a node's positions, time-outs and clock.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';
import type { EventStoreDb } from '../../support/eventStoreDb/startEventStoreDb.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';
import { connect } from '../../support/sockets.ts';
import { AUTH_SECRET, isDistributed } from '../../support/stores.ts';

let node: EventStoreDb;
let program: Program;
let ann: Person;
let room: string;

beforeAll(async () => {
  expect(isDistributed).toBe(false);
  node = await startStandIn();
  node.setClockAhead(60_000);
  program = await startProgram({ settings: { EVENTSTORE_URL: node.url, AUTH_SECRET } });
  ann = await program.person('ann');
  await program.grant(ann.id, 'auditor');
  room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'lobby' } })).json.id;
});

afterAll(async () => {
  await program.close();
  await node.close();
});

const say = (text: string) =>
  program.call('POST', `/v1/conversations/${room}/messages`, { token: ann.token, json: { text } });

test('nobody’s send fails while people subscribe and audit from numbers between two positions', async () => {
  const { position } = (await say('here')).json;
  const client = await connect({ port: Number(new URL(program.url).port) }, { token: ann.token });
  for (const after of [position - 1, position + 1, 1]) {
    const sends = Array.from({ length: 30 }, (_, i) => say(`${after} ${i}`));
    const audited = program.call('GET', `/v1/audit/events?after=${after}`, { token: ann.token });
    client.send({ type: 'subscribe', key: `${after}`, after });
    expect(await client.next('refused', { key: `${after}` })).toMatchObject({ code: 'position-unknown', begin: 0 });
    expect(await audited).toMatchObject({ status: 400, json: { code: 'position-unknown' } });
    for (const { status } of await Promise.all(sends)) expect(status).toBe(201);
  }
  client.send({ type: 'subscribe', key: 'good', after: position });
  await client.next('caught-up', { key: 'good' });
  client.close();
  await client.closed;
});

test('a node with another time takes everything, and operators are told before it hurts', async () => {
  expect((await say('on time')).status).toBe(201);
  await expect
    .poll(async () => (await program.call('GET', '/readyz')).json.troubles)
    .toEqual([expect.stringMatching(/^clock: .* 60 s ahead of this machine's/)]);
  expect(await program.call('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ready' } });
});

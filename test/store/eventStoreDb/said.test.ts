// Why EventStoreDB cannot be used: each cause is said in the words of the node or the connection, with what to do.

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';
import { KNOWS_CERTIFICATE } from '../../support/eventStoreDb/startEventStoreDb.ts';
import { startProgram } from '../../support/program.ts';
import { AUTH_SECRET } from '../../support/stores.ts';

const USERS = [
  { name: 'admin', password: 'changeit', mayReadAll: true },
  { name: 'ann', password: 'hushhush', mayReadAll: false },
];

let secure: Awaited<ReturnType<typeof startStandIn>>;
let plain: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => {
  [secure, plain] = [await startStandIn({ tls: true }), await startStandIn()];
  secure.admitOnly(USERS);
});
afterAll(async () => {
  await secure.close();
  await plain.close();
});

/** The address of the node with TLS, for a client that knows its certificate. */
const as = (user: string) => secure.url.replace('esdb://', `esdb://${user}`).concat('&', KNOWS_CERTIFICATE);

test.each<[what: string, url: () => string, says: string, advises: string]>([
  ['nobody is named', () => as(''), 'PERMISSION_DENIED: Access Denied', 'Give EVENTSTORE_URL one with its password'],
  ['the password is wrong', () => as('ann:secret-no@'), 'UNAUTHENTICATED', 'Check the user and the password'],
  ['the user may not read $all', () => as('ann:hushhush@'), 'PERMISSION_DENIED', 'Let the user of EVENTSTORE_URL read'],
  ['the certificate is unknown', () => secure.url, 'self-signed certificate', 'tlsCAFile='],
  [
    'TLS is spoken to without',
    () => secure.url.replace('tls=true', 'tls=false'),
    'Failed to connect',
    'take tls=false',
  ],
  ['TLS is not spoken', () => plain.url.replace('tls=false', 'tls=true'), 'wrong version number', 'add tls=false'],
  ['nobody is there', () => 'esdb://127.0.0.1:9?tls=false', 'ECONNREFUSED', 'Check the address in EVENTSTORE_URL'],
  ['the name is unknown', () => 'esdb://nowhere.invalid?tls=false', 'Name resolution failed', 'Check the address'],
])('when %s, the start says so, and no secret and no address', async (_, url, says, advises) => {
  const settings = { EVENTSTORE_URL: url(), AUTH_SECRET };
  const error = await startProgram({ settings }).catch((reason: Error) => reason);
  const { message } = error as Error;
  expect(message).toContain('the store of events is unavailable: EventStoreDB says ');
  expect(message).toContain(says);
  expect(message).toContain(advises);
  expect(message).not.toMatch(/hushhush|secret-no|127\.0\.0\.1|nowhere/);
});

test('a user who may read everything comes in', async () => {
  const store = await openEventStoreDb({ url: as('admin:changeit@') });
  onTestFinished(() => store.close());
  expect(await store.head()).toBe(0);
});

test('a right that is taken away later is a trouble that says so', async () => {
  const program = await startProgram({ settings: { EVENTSTORE_URL: plain.url, AUTH_SECRET } });
  onTestFinished(program.close);
  plain.admitOnly(USERS);
  onTestFinished(() => plain.admitOnly([]));
  const { status, json } = await program.call('GET', '/readyz');
  expect([status, json.status]).toEqual([200, 'degraded']);
  expect(json.troubles.join()).toContain('EventStoreDB says PERMISSION_DENIED: Access Denied. The node wants a user');
});

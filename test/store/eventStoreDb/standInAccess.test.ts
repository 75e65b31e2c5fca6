// The stand-in's TLS and users do what a node's were seen to do: what clients are told who may not come in.

import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { expect, it, onTestFinished } from 'vitest';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';
import { KNOWS_CERTIFICATE } from '../../support/eventStoreDb/startEventStoreDb.ts';

const clientOf = (url: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(url);
  onTestFinished(() => client.dispose());
  return client;
};

const readAll = (url: string): Promise<unknown> =>
  Array.fromAsync(clientOf(url).readAll({ maxCount: 1 })).then(
    () => 'read',
    (error: unknown) => error,
  );

const append = (url: string): Promise<unknown> =>
  clientOf(url)
    .appendToStream('note-1', [jsonEvent({ type: 'Noted', data: {} })])
    .then(
      () => 'appended',
      (error: unknown) => error,
    );

it('a node with TLS and users says to each who may not what is wrong', async () => {
  const node = await startStandIn({ tls: true });
  onTestFinished(node.close);
  node.admitOnly([
    { name: 'admin', password: 'changeit', mayReadAll: true },
    { name: 'ann', password: 'secret', mayReadAll: false },
  ]);
  const as = (who: string): string => node.url.replace('esdb://', `esdb://${who}`).concat('&', KNOWS_CERTIFICATE);
  const denied = { type: 'access-denied' };

  expect(await readAll(as('admin:changeit@'))).toBe('read');
  expect(await readAll(as('admin:wrong@'))).toMatchObject(denied);
  expect(await readAll(as('ann:secret@'))).toMatchObject(denied);
  expect(await readAll(as(''))).toMatchObject(denied);
  expect(await append(as('ann:secret@'))).toBe('appended');
  expect(await append(as('ann:wrong@'))).toMatchObject(denied);
  // Neither the certificate nor TLS is known to these.
  expect(await readAll(node.url)).toMatchObject({ type: 'unavailable' });
  expect(await readAll(node.url.replace('tls=true', 'tls=false'))).toMatchObject({ type: 'unavailable' });
});

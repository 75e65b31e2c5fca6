// A node that was away may come back with another log, or an older state of the log: then nothing that is known counts.

import { randomUUID } from 'node:crypto';
import { jsonEvent } from '@eventstore/db-client';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { markOf, misfitOf } from '../../../src/projections/mark.ts';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { openLink } from '../../../src/store/eventStoreDb/link.ts';
import { sameLog } from '../../../src/store/eventStoreDb/sameLog.ts';
import { type EventStore, NO_STREAM, type Recorded, Unavailable } from '../../../src/store/ports.ts';
import { event, freshStream } from '../../contracts/eventStore.contract.ts';
import { temporaryDirectory } from '../../support/cli.ts';
import { startStandInWithClient } from '../../support/eventStoreDb/findNode.ts';
import { startEventStoreDb } from '../../support/eventStoreDb/startEventStoreDb.ts';
import { eventually } from '../../support/eventually.ts';

const node = await startStandInWithClient();
const { client } = node;
afterAll(node.close);

const own = { prefix: '', isOurs: () => true };

const openAt = async (url: string, onReplaced: (why: string) => void): Promise<EventStore> => {
  const store = await openEventStoreDb({ url, onReplaced });
  onTestFinished(store.close);
  return store;
};

/** The last two events of the node. */
const lastTwo = async (): Promise<readonly [Recorded, Recorded]> => {
  const store = await openAt(node.url, () => undefined);
  const stream = freshStream();
  await store.append(stream, NO_STREAM, [event(), event()]);
  const [first, second] = await store.readStream(stream);
  return [first!, second!];
};

test.each<[what: string, known: (first: Recorded, second: Recorded) => Recorded, isSame: boolean]>([
  ['still has the event that was known last', (_, second) => second, true],
  ['has another event at its position', (first, second) => ({ ...first, position: second.position }), false],
  ['has no event at its position', (_, second) => ({ ...second, position: second.position - 1 }), false],
  ['ends before its position', (_, second) => ({ ...second, position: second.position * 10 }), false],
])('a log that %s', async (_, known, isSame) => {
  const replaced: string[] = [];
  const log = sameLog(own, (why) => replaced.push(why));
  const link = openLink(node.url);
  onTestFinished(() => link.end(new Error('the test is over')));
  log.knows(known(...(await lastTwo())));
  if (isSame) await log.mustBeOn(link);
  else await expect(log.mustBeOn(link)).rejects.toThrow(Unavailable);
  expect(replaced).toHaveLength(isSame ? 0 : 1);
});

test.each<[what: string, position: (known: number) => number, isSame: boolean]>([
  ['goes on behind an event that its stream hides: it was scavenged', (known) => known - 1, true],
  ['ends before an event, whatever its stream hides', (known) => known * 10, false],
])('a log that %s', async (_, positionOf, isSame) => {
  const log = sameLog(own, () => undefined);
  const link = openLink(node.url);
  onTestFinished(() => link.end(new Error('the test is over')));
  const [, second] = await lastTwo();
  await client.setStreamMetadata(second.stream, { truncateBefore: 2 });
  log.knows({ ...second, position: positionOf(second.position) });
  if (isSame) await log.mustBeOn(link);
  else await expect(log.mustBeOn(link)).rejects.toThrow(Unavailable);
});

test('views belong to a log that hides the event they took last, and all before it', async () => {
  const [, second] = await lastTwo();
  await client.setStreamMetadata(second.stream, { truncateBefore: 2 });
  const store = await openAt(node.url, () => undefined);
  expect(await misfitOf(store, { position: second.position, mark: markOf(second) })).toBeUndefined();
});

test('a node that cannot answer for a moment has the same log', async () => {
  // A node of its own: a store that reads by itself would take what the node does to the next reads.
  const quiet = await startStandInWithClient();
  onTestFinished(quiet.close);
  const replaced: string[] = [];
  const log = sameLog(own, (why) => replaced.push(why));
  const link = openLink(quiet.url);
  onTestFinished(() => link.end(new Error('the test is over')));
  const [id, stream] = [randomUUID(), freshStream()];
  const { position } = await quiet.client.appendToStream(stream, jsonEvent({ id, type: 'Known', data: {} }));
  log.knows({ id, stream, revision: 0, position: Number(position!.commit) });
  quiet.failReads(2, 'Exception was thrown by handler.', 2);
  await expect(log.mustBeOn(link)).rejects.toThrow('UNKNOWN');
  await log.mustBeOn(link);
  expect(replaced).toEqual([]);
});

test.each<[what: string, hide: (stream: string) => Promise<unknown>]>([
  ['deletes', (stream) => client.deleteStream(stream)],
  ['deletes for good', (stream) => client.tombstoneStream(stream)],
  ['truncates', (stream) => client.setStreamMetadata(stream, { truncateBefore: 1 })],
])('a store goes on after a break, though an operator %s the stream of the last event', async (_, hide) => {
  const replaced: string[] = [];
  const store = await openAt(node.url, (why) => replaced.push(why));
  const stream = freshStream();
  const { position } = await store.append(stream, NO_STREAM, [event()]);
  await hide(stream);
  await node.goAway();
  await node.comeBack();
  const next = event();
  await eventually(() => store.append(freshStream(), NO_STREAM, [next]));
  expect((await store.readLog(position)).map(({ id }) => id)).toEqual([next.id]);
  expect(replaced).toEqual([]);
});

test.each<[what: string, isWriter: boolean]>([
  ['has just appended', true],
  ['has seen nothing recorded since it was opened', false],
])(
  'a store that %s notices by itself that its node comes back with an empty log, and answers nothing any more',
  async (_, isWriter) => {
    const { path, remove } = await temporaryDirectory();
    const former = await startEventStoreDb({ file: `${path}/former.db` });
    const { promise: replaced, resolve } = Promise.withResolvers<string>();
    const writer = await openAt(former.url, isWriter ? resolve : () => undefined);
    const stream = freshStream();
    const { position } = await writer.append(stream, NO_STREAM, [event()]);
    const store = isWriter ? writer : await openAt(former.url, resolve);
    expect(await store.head()).toBe(position);
    await former.close();
    const empty = await startEventStoreDb({ file: `${path}/empty.db`, port: Number(new URL(former.url).port) });
    onTestFinished(async () => {
      await store.close();
      await empty.close();
      await remove();
    });
    expect(await replaced).toContain(`the event at position ${position}`);
    const whyNot = (call: Promise<unknown>) => call.then(JSON.stringify, (error: Unavailable) => error.message);
    // The connection has been gone, and counts as back a moment later.
    await expect.poll(() => whyNot(store.readStream(stream))).toContain('the log is another one');
    expect(await whyNot(store.readLog(0))).toContain('the log is another one');
    expect(await whyNot(store.append(freshStream(), NO_STREAM, [event()]))).toContain('the log is another one');
  },
);

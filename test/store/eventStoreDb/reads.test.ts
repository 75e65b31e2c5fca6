// A read of the node is a call of its own: how it ends concerns nobody else, and nothing comes from it after that.

import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect } from '../../../src/store/eventStoreDb/connection.ts';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { read } from '../../../src/store/eventStoreDb/readWire.ts';
import { type EventStore, NO_STREAM, PositionUnknown, Unavailable } from '../../../src/store/ports.ts';
import { eventsOf, freshStream } from '../../contracts/eventStore.contract.ts';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';
import { eventually } from '../../support/eventually.ts';

const CONFIRMATION = Buffer.from([0x12, 0]);
/** Says that five bytes come, and none does. */
const CUT_SHORT = Buffer.from([0x0a, 5]);

let node: Awaited<ReturnType<typeof startStandIn>>;
let store: EventStore;

beforeAll(async () => {
  node = await startStandIn();
  store = await openEventStoreDb({ url: node.url, prefix: 'shared-' });
  await store.append(freshStream(), NO_STREAM, eventsOf(5));
});

afterAll(async () => {
  await store.close();
  await node.close();
});

/** A client whose call gives out what the test pushes, decoded as the adapter says. */
const clientOf = () => {
  const cancel = vi.fn();
  const call = Object.assign(new Readable({ objectMode: true, read: () => undefined }), { cancel });
  let decode = (bytes: Buffer): unknown => bytes;
  const makeServerStreamRequest = (_path: unknown, _serialize: unknown, deserialize: typeof decode) => {
    decode = deserialize;
    return call;
  };
  const client = {
    getGRPCClient: async () => ({ makeServerStreamRequest }),
    callArguments: () => [],
  } as unknown as Parameters<typeof read>[0];
  return { client, cancel, answer: (bytes: Buffer) => void call.push(decode(bytes)) };
};

test('a message that cannot be read is the error of that read, not of the connection', async () => {
  const { client, cancel, answer } = clientOf();
  const { over } = read(client, { from: 'start', count: 1 }, () => true);
  answer(CUT_SHORT);
  await expect(over).rejects.toThrow(RangeError);
  await eventually(() => expect(cancel).toHaveBeenCalled());
});

test('a read that nobody waits for any more is ended, and hands out nothing that still comes', async () => {
  const { client, cancel, answer } = clientOf();
  const waited = new AbortController();
  const take = vi.fn(() => true);
  const { over } = read(client, { from: 'start' }, take, waited.signal);
  answer(CONFIRMATION);
  await eventually(() => expect(take).toHaveBeenCalledOnce());
  waited.abort();
  answer(CONFIRMATION);
  await expect(over).rejects.toThrow('ended');
  await nextTurn();
  await nextTurn();
  expect(take).toHaveBeenCalledOnce();
  expect(cancel).toHaveBeenCalledOnce();
});

test('work that is not done within the deadline is told that nobody waits for it', async () => {
  const connection = connect({ url: 'esdb://127.0.0.1:1?tls=false', deadline: 5, overdue: 1000, onError: () => {} });
  const signals: AbortSignal[] = [];
  const late = connection.run((_link, over) => {
    signals.push(over);
    return new Promise<never>(() => undefined);
  });
  await expect(late).rejects.toThrow(Unavailable);
  // A timer may ring a moment before the deadline: then the work is run again for that moment.
  expect(signals.map(({ aborted }) => aborted)).toEqual(signals.map(() => true));
  expect(signals).not.toEqual([]);
  await connection.close();
});

test('where programs share a node, a number that is no position is answered as such', async () => {
  const page = await store.readLog(0, 5);
  await expect(store.readLog(page.at(-1)!.position - 1)).rejects.toThrow(PositionUnknown);
});

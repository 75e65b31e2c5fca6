// What a node says in a read, decoded from its bytes, beside what the client's own definitions make of the same message.

import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerOf } from '../../../src/store/eventStoreDb/answerWire.ts';
import { recordedOf } from '../../../src/store/eventStoreDb/recorded.ts';
import type { Recorded } from '../../../src/store/ports.ts';

const { ReadResp } = streams;
const { RecordedEvent } = ReadResp.ReadEvent;

/** The bytes of an event as the generated definitions write it. */
const bytesOf = (event: Recorded): Buffer => {
  const recorded = new RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream)))
    .setStreamRevision(String(event.revision))
    .setPreparePosition(String(event.position))
    .setCommitPosition(String(event.position))
    .setCustomMetadata(Buffer.from(event.meta))
    .setData(Buffer.from(event.data));
  recorded.getMetadataMap().set('created', '638').set('type', event.type).set('content-type', 'application/json');
  const read = new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(event.position));
  return Buffer.from(new ReadResp().setEvent(read).serializeBinary());
};

const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((each) => each !== '');
const recordedEvents = fc.record({
  id: fc.uuid(),
  type: text,
  stream: text,
  revision: fc.maxSafeNat(),
  position: fc.maxSafeNat().map((position) => Math.max(1, position)),
  data: text,
  meta: text,
});

test('every event is decoded as it was written, in any script and at any position', () => {
  for (const event of fc.sample(recordedEvents, 100)) expect(answerOf(bytesOf(event))).toEqual({ event });
});

test('what an event of another application lacks is null, and an event has a position', () => {
  const event = { id: 'a', type: 't', stream: 's', revision: 0, position: 7, data: '', meta: '' };
  expect(answerOf(bytesOf(event)).event).toMatchObject({ data: 'null', meta: 'null' });
  expect(() => answerOf(bytesOf({ ...event, position: 0 }))).toThrow('no position');
});

test('a place beyond exact numbers is refused of this program alone: the node notes a deletion with the largest of all', () => {
  const event = { id: 'a', type: '$streamDeleted', stream: 'user-1', revision: 0, position: 7, data: '', meta: '' };
  const own = { prefix: '', isOurs: () => true };
  const largest = answerOf(bytesOf({ ...event, revision: 2 ** 63 - 1024 })).event!;
  expect(recordedOf(largest, own)).toBeUndefined();
  expect(() => recordedOf({ ...largest, type: 't' }, own)).toThrow(RangeError);
});

test('a confirmation, a checkpoint and a missing stream are told apart, and other messages say nothing', () => {
  const answer = (message: { serializeBinary(): Uint8Array }) => answerOf(Buffer.from(message.serializeBinary()));
  const confirmation = new ReadResp.SubscriptionConfirmation().setSubscriptionId('one');
  expect(answer(new ReadResp().setConfirmation(confirmation))).toEqual({ isConfirmation: true });
  const place = new ReadResp.Checkpoint().setCommitPosition('300').setPreparePosition('300');
  expect(answer(new ReadResp().setCheckpoint(place))).toEqual({ checkpoint: 300 });
  expect(answer(new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound()))).toEqual({ isNoStream: true });
  expect(answer(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()))).toEqual({ hasCaughtUp: true });
  expect(answer(new ReadResp().setLastStreamPosition('5'))).toEqual({});
});

test('a message that ends too early is an error', () => {
  const whole = bytesOf({ id: 'a', type: 't', stream: 's', revision: 1, position: 7, data: '{}', meta: '{}' });
  for (let length = 1; length < whole.length; length += 5)
    expect(() => answerOf(whole.subarray(0, length))).toThrow('ends too early');
});

// What an append looks like in the protocol.

import { createRequire } from 'node:module';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type EmptyModule from 'google-protobuf/google/protobuf/empty_pb.js';
import { type Appended, Conflict, type NewEvent, NO_STREAM, Unavailable } from '../ports.ts';
import { CallFailed } from './failures.ts';
import { safeInteger } from './recorded.ts';

// From the package the generated definitions use, wherever it is installed.
const fromClient = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
const { Empty } = fromClient('google-protobuf/google/protobuf/empty_pb.js') as typeof EmptyModule;

/**
 * `id` comes back with the answer. The request has no deadline: that would be a moment, and a node whose clock is ahead would
 * refuse every append. The node's own write timeout bounds the append, and the caller's patience the wait.
 */
export const requestOf = (
  id: string,
  stream: string,
  expected: number,
  events: readonly NewEvent[],
): BatchAppendReq => {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  if (expected === NO_STREAM) options.setNoStream(new Empty());
  else options.setStreamPosition(String(expected));
  const request = new streams.BatchAppendReq();
  request.setCorrelationId(new shared.UUID().setString(id));
  request.setOptions(options);
  request.setProposedMessagesList(events.map(proposed));
  request.setIsFinal(true);
  return request;
};

/** JSON, so that the node's own pages and projections can read it. */
const proposed = ({ id, type, data, meta }: NewEvent) => {
  const message = new streams.BatchAppendReq.ProposedMessage();
  message.setId(new shared.UUID().setString(id));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  message.setData(Buffer.from(data));
  message.setCustomMetadata(Buffer.from(meta));
  return message;
};

/** @throws Conflict, Unavailable; CallFailed: what was written is unknown, so append again. */
export const appendedOf = (answer: BatchAppendResp, stream: string): Appended => {
  const success = answer.getSuccess();
  const position = success?.getPosition();
  if (success && position) {
    return {
      revision: safeInteger(success.getCurrentRevision()),
      position: safeInteger(position.getCommitPosition()),
    };
  }
  const reason = answer.getError()?.getDetails()?.getTypeName() ?? 'no reason';
  if (reason.endsWith('.WrongExpectedVersion')) throw new Conflict(stream);
  // Two equal appends came at once: the node wrote one, and forgot the other until its time was up.
  if (reason.endsWith('.Timeout')) throw new CallFailed('the node timed an append out');
  throw new Unavailable('events', new Error(`the node refused: ${reason} ${answer.getError()?.getMessage() ?? ''}`));
};

/** The id of the request. A node gives it as the two halves of a UUID. */
export const requestIdOf = (answer: BatchAppendResp): string => {
  const id = answer.getCorrelationId();
  const halves = id?.getStructured();
  if (!halves) return id?.getString() ?? '';
  const hex = [halves.getMostSignificantBits(), halves.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

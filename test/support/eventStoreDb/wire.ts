// The node's protocol as messages: the client's own generated definitions, and the few answers the stand-in builds.

import { randomUUID } from 'node:crypto';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import type {
  AppendReq,
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Message } from 'google-protobuf';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { NodeEvent, Proposed, StreamEvent } from './nodeEvent.ts';
import { MAX_APPEND_BYTES, STREAM_DELETED } from './nodeLog.ts';
import { placeOf } from './places.ts';
import { type Expected, Refusal } from './refusal.ts';

export const bytes = (value: Uint8Array | string): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value, 'base64') : value;

export const text = (value: Uint8Array | string): string => Buffer.from(bytes(value)).toString('utf8');

/** What four requests of the protocol have in common: the stream and where it is expected to be. */
interface Expectation {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

export const expectedOf = (options: Expectation, revision: string): Expected => {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  return Number(revision);
};

const idOf = (id: UUID | undefined): string => {
  const structured = id?.getStructured();
  if (!structured) return id?.getString().toLowerCase() ?? '';
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const UUID_FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const proposedOf = (message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): Proposed => {
  const id = idOf(message.getId());
  if (!UUID_FORM.test(id)) throw new TypeError('an event id is not a UUID');
  return {
    id,
    type: message.getMetadataMap().get('type') ?? '',
    isJson: message.getMetadataMap().get('content-type') === 'application/json',
    data: bytes(message.getData()),
    metadata: bytes(message.getCustomMetadata()),
  };
};

interface Placed {
  setCommitPosition(position: string): unknown;
  setPreparePosition(position: string): unknown;
}

/** A message that says where in the log something lies. */
export const at = <P extends Placed>(message: P, count: number): P => {
  const place = String(placeOf(count));
  message.setCommitPosition(place);
  message.setPreparePosition(place);
  return message;
};

const TICKS_PER_MILLISECOND = 10_000n;
/** The revision of the event that ends a stream for good. */
const LAST_REVISION = 2n ** 63n - 1n;

export const eventAnswer = (event: NodeEvent): ReadResp => {
  const recorded = at(new streams.ReadResp.ReadEvent.RecordedEvent(), event.position);
  recorded.setId(new shared.UUID().setString(event.id));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream)));
  recorded.setStreamRevision(String(event.type === STREAM_DELETED ? LAST_REVISION : event.revision));
  recorded.getMetadataMap().set('type', event.type);
  recorded.getMetadataMap().set('content-type', event.isJson ? 'application/json' : 'application/octet-stream');
  recorded.getMetadataMap().set('created', String(BigInt(event.created) * TICKS_PER_MILLISECOND));
  recorded.setCustomMetadata(event.metadata);
  recorded.setData(event.data);
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(recorded.getCommitPosition());
  return new streams.ReadResp().setEvent(read);
};

export const confirmation = (id: string): ReadResp =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id));

export const caughtUp = (): ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const checkpoint = (position: number): ReadResp =>
  new streams.ReadResp().setCheckpoint(at(new streams.ReadResp.Checkpoint(), position));

export const streamNotFound = (stream: string): ReadResp =>
  new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(
      new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
    ),
  );

/** The answer to one append of a batch stream: where its last event lies, or why it was refused. */
export const batchAnswer = (request: BatchAppendReq, stream: string, outcome: StreamEvent | Refusal) => {
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(request.getCorrelationId());
  answer.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  if (outcome instanceof Refusal) return answer.setError(batchError(outcome));
  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision(String(outcome.revision));
  success.setPosition(at(new shared.AllStreamPosition(), outcome.position));
  return answer.setSuccess(success);
};

const batchError = (refusal: Refusal) => {
  const [name, detail] = detailOf(refusal);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), `event_store.client.${name}`);
  return new statuses.Status().setMessage(refusal.message).setDetails(packed);
};

const detailOf = (refusal: Refusal): [string, Message] => {
  if (refusal.reason === 'maximum-append-size-exceeded') {
    const detail = new shared.MaximumAppendSizeExceeded();
    detail.setMaxappendsize(MAX_APPEND_BYTES);
    return ['MaximumAppendSizeExceeded', detail];
  }
  if (refusal.reason === 'stream-deleted') return ['StreamDeleted', new shared.StreamDeleted()];
  if (refusal.reason === 'timeout') return ['Timeout', new shared.Timeout()];
  const detail = new shared.WrongExpectedVersion();
  if (refusal.actual === undefined || refusal.actual < 0) detail.setCurrentNoStream(new empty.Empty());
  else detail.setCurrentStreamRevision(String(refusal.actual));
  if (refusal.expected === 'no_stream') detail.setExpectedNoStream(new empty.Empty());
  else if (refusal.expected === 'stream_exists') detail.setExpectedStreamExists(new empty.Empty());
  else if (refusal.expected === 'any') detail.setExpectedAny(new empty.Empty());
  else detail.setExpectedStreamPosition(String(refusal.expected));
  return ['WrongExpectedVersion', detail];
};

/** The answer to an append of its own call; a refusal other than of the revision is a failure of the call. */
export const appendAnswer = (outcome: StreamEvent | Refusal) => {
  const answer = new streams.AppendResp();
  if (outcome instanceof Refusal) {
    const wrong = new streams.AppendResp.WrongExpectedVersion();
    if (outcome.actual === undefined || outcome.actual < 0) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(outcome.actual));
    if (outcome.expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
    else if (outcome.expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
    else wrong.setExpectedRevision(String(outcome.expected));
    return answer.setWrongExpectedVersion(wrong);
  }
  const success = new streams.AppendResp.Success();
  success.setCurrentRevision(String(outcome.revision));
  success.setPosition(at(new streams.AppendResp.Position(), outcome.position));
  return answer.setSuccess(success);
};

/** A failure of a whole call, told as the node tells it: a gRPC status, and its reason in the trailers. */
export const failure = (code: status, details: string, trailers: Record<string, string> = {}): ServiceError => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

export const failureOf = (error: unknown, stream: string): ServiceError => {
  if (error instanceof Error && 'code' in error && 'details' in error) return error as ServiceError;
  if (!(error instanceof Refusal)) return failure(status.UNKNOWN, error instanceof Error ? error.message : 'failed');
  if (error.reason === 'timeout') return failure(status.ABORTED, 'Operation timed out');
  if (error.reason === 'access-denied')
    return failure(status.PERMISSION_DENIED, 'Access Denied', { exception: error.reason });
  return failure(status.FAILED_PRECONDITION, error.message, {
    exception: error.reason,
    'stream-name': stream,
    'maximum-append-size': String(MAX_APPEND_BYTES),
    ...(typeof error.expected === 'number' ? { 'expected-version': String(error.expected) } : {}),
    ...(error.actual !== undefined && error.actual >= 0 ? { 'actual-version': String(error.actual) } : {}),
  });
};

/** What a node says of its cluster. `leader`: the address of one of the members. */
export const clusterInfo = (members: readonly string[], leader: string) =>
  new gossip.ClusterInfo().setMembersList(
    members.map((address) => {
      const [host = '', port = ''] = address.split(':');
      const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
      return new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString(randomUUID()))
        .setIsAlive(true)
        .setState(address === leader ? LEADER : FOLLOWER)
        .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(Number(port)));
    }),
  );

export const supportedMethods = () => {
  const answer = new features.SupportedMethods();
  answer.setEventStoreServerVersion('23.10.6');
  for (const name of ['read', 'append', 'batchappend', 'delete', 'tombstone']) {
    const method = new features.SupportedMethod();
    method.setServiceName('event_store.client.streams.streams');
    method.setMethodName(name);
    answer.addMethods(method);
  }
  return answer;
};

export type { AppendReq, BatchAppendReq, BatchAppendResp, ReadReq, ReadResp };

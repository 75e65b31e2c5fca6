// Appends of one client, all in flight together over one call of the protocol.
//
// The client's own `appendToStream` does the same, but keeps what awaits an answer in one table for the whole process:
// a call that breaks fails the appends of every client, and an answer that still comes then throws where nobody can
// catch it and ends the process. It also parses and prints each JSON text once more. So the call is made here, on the
// client's connection, with its credentials and its definitions.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import rpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type EmptyModule from 'google-protobuf/google/protobuf/empty_pb.js';
import type TimestampModule from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { type Appended, Conflict, type NewEvent, NO_STREAM, Unavailable } from '../ports.ts';
import { safeInteger } from './recorded.ts';

/** What the client offers to its own classes: a call on its connection, kept in its care. */
export interface GrpcClient {
  GRPCStreamCreator<T>(service: unknown, name: string, open: (stub: Stub) => T): () => Promise<T>;
  callArguments(options: object, callOptions: object): readonly [metadata: unknown, options: unknown];
  getChannel(): Promise<{ close(): void }>;
}

interface Stub {
  batchAppend(...args: readonly unknown[]): Duplex;
}

interface Waiting {
  readonly stream: string;
  readonly bytes: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends in flight at most, and the bytes of their texts: beyond, the node is too slow for more. */
const IN_FLIGHT = { appends: 4096, bytes: 64 * 1024 * 1024 } as const;
/** The node drops an append older than this: far enough away that two clocks need not agree. Milliseconds. */
const NODE_DEADLINE = 60_000;

// From the package the generated definitions use, wherever it is installed.
const fromClient = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
const { Timestamp } = fromClient('google-protobuf/google/protobuf/timestamp_pb.js') as typeof TimestampModule;
const { Empty } = fromClient('google-protobuf/google/protobuf/empty_pb.js') as typeof EmptyModule;

export class AppendLane {
  readonly #client: GrpcClient;
  readonly #lost: AbortSignal;
  readonly #now: () => Date;
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  #call: Promise<Duplex> | undefined;

  constructor(client: GrpcClient, lost: AbortSignal, now: () => Date) {
    this.#client = client;
    this.#lost = lost;
    this.#now = now;
    lost.addEventListener('abort', () => this.#fail(lost.reason), { once: true });
  }

  /** @throws Conflict; Unavailable the node refused; the error of the connection, when it broke. */
  async append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended> {
    const bytes = events.reduce((sum, { data, meta }) => sum + data.length + meta.length, 0);
    if (this.#waiting.size >= IN_FLIGHT.appends || this.#bytes + bytes > IN_FLIGHT.bytes)
      throw new Unavailable('events', new Error('too many appends are waiting for the node'));
    this.#lost.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const id = randomUUID();
    this.#waiting.set(id, { stream, bytes, resolve, reject });
    this.#bytes += bytes;
    this.#call ??= this.#open();
    this.#call.then((call) => call.write(this.#request(id, stream, expected, events))).catch(reject);
    return promise;
  }

  async #open(): Promise<Duplex> {
    const endless = this.#client.callArguments({}, { deadline: Infinity });
    const open = this.#client.GRPCStreamCreator(rpc.StreamsClient, 'append', (stub) => stub.batchAppend(...endless));
    try {
      const call = await open();
      call.on('data', (answer: BatchAppendResp) => this.#settle(answer));
      call.on('error', (error) => this.#fail(error));
      call.on('end', () => this.#fail(new Error('the node ended the call')));
      return call;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #settle(answer: BatchAppendResp): void {
    const id = textOf(answer.getCorrelationId());
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    this.#bytes -= waiting.bytes;
    try {
      waiting.resolve(appendedOf(answer, waiting.stream));
    } catch (error) {
      waiting.reject(error);
    }
  }

  #fail(error: unknown): void {
    this.#call = undefined;
    this.#bytes = 0;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }

  #request(id: string, stream: string, expected: number, events: readonly NewEvent[]) {
    const deadline = new Timestamp();
    deadline.setSeconds(Math.ceil((this.#now().getTime() + NODE_DEADLINE) / 1000));
    const options = new streams.BatchAppendReq.Options();
    options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
    options.setDeadline(deadline);
    if (expected === NO_STREAM) options.setNoStream(new Empty());
    else options.setStreamPosition(String(expected));
    const request = new streams.BatchAppendReq();
    request.setCorrelationId(new shared.UUID().setString(id));
    request.setOptions(options);
    request.setProposedMessagesList(events.map(proposed));
    request.setIsFinal(true);
    return request;
  }
}

/** JSON, so that the node's own pages and projections can read it. */
function proposed({ id, type, data, meta }: NewEvent) {
  const message = new streams.BatchAppendReq.ProposedMessage();
  message.setId(new shared.UUID().setString(id));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  message.setData(Buffer.from(data));
  message.setCustomMetadata(Buffer.from(meta));
  return message;
}

/** @throws Conflict, Unavailable */
function appendedOf(answer: BatchAppendResp, stream: string): Appended {
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
  throw new Unavailable('events', new Error(`the node refused: ${reason} ${answer.getError()?.getMessage() ?? ''}`));
}

/** A node answers with the two halves of a UUID. */
function textOf(id: UUID | undefined): string {
  const halves = id?.getStructured();
  if (!halves) return id?.getString() ?? '';
  const hex = [halves.getMostSignificantBits(), halves.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

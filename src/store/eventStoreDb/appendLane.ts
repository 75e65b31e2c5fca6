// Appends of one client, all in flight together over one call of the protocol.
//
// The client's own `appendToStream` does the same, but keeps what awaits an answer in one table for the whole process:
// a call that breaks fails the appends of every client, and an answer that still comes then throws where nobody can
// catch it and ends the process. It also parses and prints each JSON text once more. So the call is made here, on the
// client's connection, with its credentials and its definitions.

import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import rpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type Appended, type NewEvent, Unavailable } from '../ports.ts';
import { appendedOf, requestIdOf, requestOf } from './appendWire.ts';

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
    const request = requestOf({ id, stream, expected, events, now: this.#now() });
    this.#waiting.set(id, { stream, bytes, resolve, reject });
    this.#bytes += bytes;
    this.#call ??= this.#open();
    this.#call.then((call) => call.write(request)).catch(reject);
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
    const id = requestIdOf(answer);
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
}

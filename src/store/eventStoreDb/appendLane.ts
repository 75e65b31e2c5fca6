// Appends of one client, all in flight together over one call of the protocol.
//
// The client's own `appendToStream` does the same, but keeps the appends without an answer in one table for the whole
// process: a call that breaks fails the appends of every client, and an answer that still comes then throws where nobody
// can catch it and ends the process. It also parses and prints each JSON text once more. So this module makes the call, on
// the client's connection, with its credentials and its definitions.

import { randomUUID } from 'node:crypto';
import type { Duplex, Readable } from 'node:stream';
import rpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type Appended, charsOf, type EventStore, Unavailable } from '../ports.ts';
import { appendedOf, requestIdOf, requestOf } from './appendWire.ts';
import { CallFailed } from './failures.ts';

/** What the client offers to its own classes. Calls on the stub are ours to end: the client watches its own at some cost. */
export interface GrpcClient {
  getGRPCClient(service: unknown, name: string): Promise<Stub>;
  callArguments(options: object, callOptions: object): readonly [metadata: unknown, options: unknown];
  getChannel(): Promise<{ close(): void }>;
}

interface Cancellable {
  cancel(): void;
}

interface Stub {
  batchAppend(...args: readonly unknown[]): Duplex & Cancellable;
  makeServerStreamRequest(...args: readonly unknown[]): Readable & Cancellable;
}

type Waiting = PromiseWithResolvers<Appended> & { readonly stream: string; readonly chars: number };

/** Appends in flight at most, and the characters of their texts: beyond, the node is too slow for more. */
const IN_FLIGHT = { appends: 4096, chars: 64 * 1024 * 1024 } as const;

/**
 * Out: `append` of the port over `client`, until `lost` aborts.
 * It throws Conflict; Unavailable: the node refused; CallFailed; or the error of the call or the connection that broke.
 */
export const appendLane = (client: GrpcClient, lost: AbortSignal): EventStore['append'] => {
  const waiting = new Map<string, Waiting>();
  let chars = 0;
  let call: Promise<Duplex & Cancellable> | undefined;

  const settle = (answer: BatchAppendResp): void => {
    const id = requestIdOf(answer);
    const append = waiting.get(id);
    if (!append) return;
    waiting.delete(id);
    chars -= append.chars;
    try {
      append.resolve(appendedOf(answer, append.stream));
    } catch (error) {
      append.reject(error);
    }
  };

  const fail = (error: unknown): void => {
    call?.then((opened) => opened.cancel()).catch(() => undefined);
    call = undefined;
    chars = 0;
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  };

  const open = async (): Promise<Duplex & Cancellable> => {
    const endless = client.callArguments({}, { deadline: Infinity });
    try {
      const stub = await client.getGRPCClient(rpc.StreamsClient, 'append');
      const opened = stub.batchAppend(...endless);
      opened.on('data', settle);
      opened.on('error', fail);
      opened.on('end', () => fail(new CallFailed('the node ended the call')));
      return opened;
    } catch (error) {
      fail(error);
      throw error;
    }
  };

  lost.addEventListener('abort', () => fail(lost.reason), { once: true });
  return async (stream, expected, events) => {
    const more = events.reduce((sum, event) => sum + charsOf(event), 0);
    if (waiting.size >= IN_FLIGHT.appends || chars + more > IN_FLIGHT.chars)
      throw new Unavailable('events', new Error('too many appends are waiting for the node'));
    lost.throwIfAborted();
    const append = { ...Promise.withResolvers<Appended>(), stream, chars: more };
    const id = randomUUID();
    const request = requestOf(id, stream, expected, events);
    waiting.set(id, append);
    chars += more;
    call ??= open();
    call.then((opened) => opened.write(request)).catch(append.reject);
    return append.promise;
  };
};

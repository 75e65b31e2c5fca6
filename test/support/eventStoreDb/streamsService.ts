// The node's Streams service, answered from a node log.

import type { DeleteReq, TombstoneReq } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
} from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { checkAccess, checkLead, type User } from './access.ts';
import type { LiveFeed } from './liveFeed.ts';
import type { Proposed, StreamEvent } from './nodeEvent.ts';
import type { NodeLog } from './nodeLog.ts';
import { serveLog, serveStream, subscribedTo } from './reads.ts';
import { type Expected, Refusal } from './refusal.ts';
import { serveSubscription } from './subscription.ts';
import {
  type AppendReq,
  appendAnswer,
  at,
  type BatchAppendReq,
  type BatchAppendResp,
  batchAnswer,
  expectedOf,
  failure,
  failureOf,
  proposedOf,
  type ReadReq,
  type ReadResp,
  text,
} from './wire.ts';

export interface Answering {
  /** Waits before an answer; `written`: the answer is to an append that was done. False: there will be no answer. */
  readonly beforeAnswer: (written: boolean) => Promise<boolean>;
  /** The node's clock: milliseconds since 1970. */
  readonly now: () => number;
  readonly users: () => readonly User[];
  /** The failure of the next read, if it is to fail. */
  readonly failureOfRead: (isSubscription: boolean) => Error | undefined;
  /** Address of the node that leads; empty: this one. */
  readonly leader: () => string;
}

interface Writing {
  stream: string;
  expected: Expected;
  /** The client gave a moment until which the append counts, and it is over by the node's clock. */
  readonly isLate: boolean;
  readonly events: Proposed[];
}

export const streamsService = (
  log: NodeLog,
  feed: LiveFeed,
  { beforeAnswer, now, users, failureOfRead, leader }: Answering,
) => {
  let reads = 0;

  const write = async ({ stream, expected, events }: Writing): Promise<StreamEvent | Refusal> => {
    try {
      return await log.append(stream, expected, events);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  };

  const batchAppend = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
    const open = new Map<string, Writing>();
    const finish = async (request: BatchAppendReq, writing: Writing): Promise<void> => {
      const outcome = writing.isLate ? new Refusal('timeout') : await write(writing);
      if (await beforeAnswer(!(outcome instanceof Refusal))) call.write(batchAnswer(request, writing.stream, outcome));
    };
    call.on('data', (request: BatchAppendReq) => {
      try {
        const key = request.getCorrelationId()?.getString() ?? '';
        const options = request.getOptions();
        if (options) {
          checkAccess(users(), call.metadata, false);
          const deadline = options.getDeadline()?.toDate().getTime() ?? Infinity;
          const target = targetOf(options, options.getStreamPosition());
          open.set(key, { ...target, isLate: deadline <= now(), events: [] });
        }
        const writing = open.get(key);
        if (!writing) throw new Error('a batch without options');
        writing.events.push(...request.getProposedMessagesList().map(proposedOf));
        if (!request.getIsFinal()) return;
        open.delete(key);
        finish(request, writing).catch((error: unknown) => call.emit('error', failureOf(error, writing.stream)));
      } catch (error) {
        call.emit('error', failureOf(error, ''));
      }
    });
    call.on('error', () => call.end());
    call.on('end', () => call.end());
  };

  const append: handleClientStreamingCall<AppendReq, streams.AppendResp> = (call, answer) => {
    const writing: Writing = { stream: '', expected: 'any', isLate: false, events: [] };
    const finish = async (): Promise<void> => {
      checkAccess(users(), call.metadata, false);
      const outcome = await write(writing);
      if (outcome instanceof Refusal && outcome.reason !== 'wrong-expected-version') throw outcome;
      if (await beforeAnswer(!(outcome instanceof Refusal))) answer(null, appendAnswer(outcome));
    };
    const fail = (error: unknown) => answer(failureOf(error, writing.stream));
    call.on('data', (request: AppendReq) => {
      const options = request.getOptions();
      if (options) Object.assign(writing, targetOf(options, options.getRevision()));
      const proposed = request.getProposedMessage();
      try {
        if (proposed) writing.events.push(proposedOf(proposed));
      } catch (error) {
        fail(error);
      }
    });
    call.on('end', () => void finish().catch(fail));
  };

  const read: handleServerStreamingCall<ReadReq, ReadResp> = (call) => {
    reads += 1;
    const options = call.request.getOptions();
    if (!options) throw new Error('a read without options');
    const stream = text(options.getStream()?.getStreamIdentifier()?.getStreamName() ?? '');
    const serve = async (): Promise<void> => {
      if (!(await beforeAnswer(false))) return;
      const all = options.getAll();
      checkAccess(users(), call.metadata, all !== undefined);
      checkLead(call.metadata, leader());
      const failing = failureOfRead(options.hasSubscription());
      if (failing) throw failing;
      if (options.hasSubscription())
        return serveSubscription(call, await subscribedTo(options, stream, log), log, feed);
      await (all ? serveLog(call, options, all, log) : serveStream(call, options, stream, log));
      call.end();
    };
    call.on('error', () => undefined);
    serve().catch((error: unknown) => call.emit('error', failureOf(error, stream)));
  };

  const remove =
    <Request extends DeleteReq | TombstoneReq, Response>(
      act: (stream: string, expected: Expected) => Promise<number>,
      answered: (position: number) => Response,
    ): handleUnaryCall<Request, Response> =>
    (call, answer) => {
      const options = call.request.getOptions();
      if (!options) return answer(failure(status.INVALID_ARGUMENT, 'no options'));
      const { stream, expected } = targetOf(options, options.getRevision());
      act(stream, expected).then(
        async (position) => (await beforeAnswer(false)) && answer(null, answered(position)),
        (error: unknown) => answer(failureOf(error, stream)),
      );
    };

  return {
    reads: () => reads,
    batchAppend,
    append,
    read,
    delete: remove(log.delete, (position) =>
      new streams.DeleteResp().setPosition(at(new streams.DeleteResp.Position(), position)),
    ),
    tombstone: remove(log.tombstone, (position) =>
      new streams.TombstoneResp().setPosition(at(new streams.TombstoneResp.Position(), position)),
    ),
  };
};

type Target = Parameters<typeof expectedOf>[0] & {
  getStreamIdentifier(): { getStreamName(): Uint8Array | string } | undefined;
};

const targetOf = (options: Target, revision: string): Pick<Writing, 'stream' | 'expected'> => ({
  stream: text(options.getStreamIdentifier()?.getStreamName() ?? ''),
  expected: expectedOf(options, revision),
});

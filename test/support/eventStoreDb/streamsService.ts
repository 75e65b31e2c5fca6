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
import type { LiveFeed } from './liveFeed.ts';
import { type Expected, type NodeEvent, type NodeLog, type Proposed, Refusal, type StreamEvent } from './nodeLog.ts';
import { type Reader, type Subscribed, send, serveSubscription } from './subscription.ts';
import {
  type AppendReq,
  appendAnswer,
  type BatchAppendReq,
  type BatchAppendResp,
  batchAnswer,
  eventAnswer,
  expectedOf,
  failure,
  failureOf,
  proposedOf,
  type ReadReq,
  type ReadResp,
  streamNotFound,
  text,
} from './wire.ts';

const PAGE = 500;

export interface Answering {
  /** Waits before an answer; `written`: the answer is to an append that was done. False: there will be no answer. */
  readonly beforeAnswer: (written: boolean) => Promise<boolean>;
}

interface Writing {
  stream: string;
  expected: Expected;
  readonly events: Proposed[];
}

export const streamsService = (log: NodeLog, feed: LiveFeed, { beforeAnswer }: Answering) => {
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
      const outcome = await write(writing);
      if (await beforeAnswer(!(outcome instanceof Refusal))) call.write(batchAnswer(request, writing.stream, outcome));
    };
    call.on('data', (request: BatchAppendReq) => {
      try {
        const key = request.getCorrelationId()?.getString() ?? '';
        const options = request.getOptions();
        if (options) open.set(key, { ...targetOf(options, options.getStreamPosition()), events: [] });
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
    const writing: Writing = { stream: '', expected: 'any', events: [] };
    const finish = async (): Promise<void> => {
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
      if (options.hasSubscription())
        return serveSubscription(call, await subscribedTo(options, stream, log), log, feed);
      await (options.hasAll() ? serveLog(call, options, log) : serveStream(call, options, stream, log));
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
    delete: remove(log.delete, (position) => {
      const place = new streams.DeleteResp.Position();
      place.setCommitPosition(String(position));
      place.setPreparePosition(String(position));
      return new streams.DeleteResp().setPosition(place);
    }),
    tombstone: remove(log.tombstone, (position) => {
      const place = new streams.TombstoneResp.Position();
      place.setCommitPosition(String(position));
      place.setPreparePosition(String(position));
      return new streams.TombstoneResp().setPosition(place);
    }),
  };
};

type Target = Parameters<typeof expectedOf>[0] & {
  getStreamIdentifier(): { getStreamName(): Uint8Array | string } | undefined;
};

const targetOf = (options: Target, revision: string): Pick<Writing, 'stream' | 'expected'> => ({
  stream: text(options.getStreamIdentifier()?.getStreamName() ?? ''),
  expected: expectedOf(options, revision),
});

const serveStream = async (call: Reader, options: ReadReq.Options, stream: string, log: NodeLog): Promise<void> => {
  const backwards = options.getReadDirection() === 1;
  const asked = options.getStream();
  let from = asked?.hasRevision() ? Number(asked.getRevision()) : asked?.hasEnd() ? 'end' : 'start';
  for (let left = Number(options.getCount()); left > 0 && !call.cancelled; ) {
    const page = await log.readStream(stream, {
      from: from as number | 'start' | 'end',
      backwards,
      limit: Math.min(left, PAGE),
    });
    if (page === undefined) return send(call, streamNotFound(stream));
    for (const event of page) await send(call, eventAnswer(event));
    const last = page.at(-1)?.revision;
    if (last === undefined || (backwards && last === 0)) return;
    from = backwards ? last - 1 : last + 1;
    left -= page.length;
  }
};

const serveLog = async (call: Reader, options: ReadReq.Options, log: NodeLog): Promise<void> => {
  const backwards = options.getReadDirection() === 1;
  const asked = Number(options.getAll()?.getPosition()?.getCommitPosition() ?? 0);
  const end = options.getAll()?.hasEnd() ?? false;
  let from = end ? await log.head() : asked;
  if (end && !backwards) return;
  for (let left = Number(options.getCount()); left > 0 && !call.cancelled; ) {
    const limit = Math.min(left, PAGE);
    // Forwards a position is included, as backwards.
    const page = await (backwards ? log.readBackwards(from, limit) : log.readForwards(from - 1, limit));
    for (const event of page) await send(call, eventAnswer(event));
    const last = page.at(-1)?.position;
    if (last === undefined) return;
    from = backwards ? last - 1 : last + 1;
    left -= page.length;
  }
};

const subscribedTo = async (options: ReadReq.Options, stream: string, log: NodeLog): Promise<Subscribed> => {
  const all = options.getAll();
  if (all) {
    const asked = all.hasEnd() ? await log.head() : Number(all.getPosition()?.getCommitPosition() ?? 0);
    const filter = options.getFilter();
    const every = (filter?.getMax() || 32) * (filter?.getCheckpointintervalmultiplier() || 1);
    return { position: asked, wants: filterOf(filter), checkpointEvery: filter ? every : Infinity };
  }
  const asked = options.getStream();
  const last = (await log.readStream(stream, { from: 'end', backwards: true, limit: 1 }))?.[0];
  if (asked?.hasEnd())
    return { position: await log.head(), wants: (event) => event.stream === stream, checkpointEvery: Infinity };
  const after = asked?.hasRevision() ? Number(asked.getRevision()) : -1;
  const position = await positionAfter(log, stream, after, last?.revision ?? -1);
  return {
    position,
    wants: (event) => event.stream === stream && event.revision > after,
    checkpointEvery: Infinity,
  };
};

/** A position of the log before every event of the stream that follows revision `after`. */
const positionAfter = async (log: NodeLog, stream: string, after: number, last: number): Promise<number> => {
  if (after >= last) return log.head();
  const [next] = (await log.readStream(stream, { from: after + 1, backwards: false, limit: 1 })) ?? [];
  return next ? next.position - 1 : log.head();
};

const filterOf = (filter: ReadReq.Options.FilterOptions | undefined): ((event: NodeEvent) => boolean) => {
  if (!filter) return () => true;
  const byType = filter.getEventType();
  const expression = byType ?? filter.getStreamIdentifier();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = expression?.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  return (event) => {
    const name = byType ? event.type : event.stream;
    return regex ? regex.test(name) : prefixes.some((prefix) => name.startsWith(prefix));
  };
};

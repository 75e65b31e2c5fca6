// A read as a call of the protocol, on the client's connection, with its credentials and its definitions. `answerWire.ts`
// decodes the answers: the client's own reads and subscriptions parse and copy far more than this adapter needs.

import { convertToCommandError } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import rpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type Answer, answerOf } from './answerWire.ts';
import type { GrpcClient } from './appendLane.ts';
import { CallFailed } from './failures.ts';
import { FOLLOWED } from './recorded.ts';

const { Options } = streams.ReadReq;
const { path, requestSerialize } = rpc.StreamsService.read;
/** A node that has just ceased to lead may lack the latest appends. */
const FROM_LEADER = { requiresLeader: true } as const;
/** Status of a call that this side ended. */
const CANCELLED = 1;
/** The node says how far it has come after so many events that it left out. */
const LEFT_OUT = 256;

export interface Question {
  /** Default: the log. */
  readonly stream?: string;
  /** A revision of the stream, a position of the log, or one end of either. */
  readonly from: number | 'start' | 'end';
  readonly backwards?: boolean;
  /** Answers at most. Default: a subscription to streams of the log, which begins after `from`. */
  readonly count?: number;
  /** What the names of those streams begin with. Default: all but the node's own. */
  readonly prefix?: string;
}

export interface Reading {
  /** Resolves when the read has ended. Rejects with the error of the call, or of `take`. */
  readonly over: Promise<void>;
  /** Ends the read: `over` rejects if it has not settled. */
  cancel(): void;
}

/** The bytes of an answer, decoded only where an error in them is ours: the client would take it for a broken connection. */
const undecoded = (bytes: Buffer): Buffer => bytes;

/**
 * Reads until `take` returns false, `until` aborts, or to the end, which a subscription never has. It calls `take` with each
 * answer, in order, and never after the end.
 */
export const read = (
  client: GrpcClient,
  question: Question,
  take: (answer: Answer) => boolean,
  until?: AbortSignal,
): Reading => {
  const request = requestOf(question);
  const args = client.callArguments(FROM_LEADER, { deadline: Infinity });
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  const end = (settle: () => void): void => {
    isOver = true;
    settle();
  };
  const onData = (bytes: Buffer): void => {
    if (isOver) return;
    try {
      if (take(answerOf(bytes))) return;
      end(resolve);
    } catch (error) {
      end(() => reject(error));
    }
    cancel();
  };
  const onError = (error: Error & { readonly code?: number }): void => {
    const isCancelled = error.code === CANCELLED;
    end(() => reject(isCancelled ? new CallFailed('the read was ended') : convertToCommandError(error as never)));
  };
  const onEnd = (): void => {
    const isEarly = question.count === undefined;
    end(() => (isEarly ? reject(new CallFailed('the node ended the subscription')) : resolve()));
  };
  const opening = client.getGRPCClient(rpc.StreamsClient, 'read').then((stub) => {
    const call = stub.makeServerStreamRequest(path, requestSerialize, undecoded, request, ...args);
    // The listener of errors stays after the end: an error without a listener ends the process.
    return call.on('data', onData).on('error', onError).on('end', onEnd);
  });
  opening.catch((error: unknown) => end(() => reject(error)));
  const cancel = (): void => {
    end(() => reject(new CallFailed('the read was ended')));
    // Not at once: a call that is cancelled while it hands out an answer breaks.
    opening.then((call) => setImmediate(() => call.cancel())).catch(() => undefined);
  };
  const onUntil = (): void => {
    if (!isOver) cancel();
  };
  if (until?.aborted) onUntil();
  until?.addEventListener('abort', onUntil, { once: true });
  return { over, cancel };
};

const requestOf = ({ stream, from, backwards = false, count, prefix = '' }: Question) => {
  const options = new Options();
  if (stream === undefined) options.setAll(placeInLog(from));
  else options.setStream(placeIn(stream, from));
  options.setReadDirection(backwards ? 1 : 0);
  options.setResolveLinks(false);
  options.setUuidOption(new Options.UUIDOption().setString(new shared.Empty()));
  if (count === undefined) {
    options.setSubscription(new Options.SubscriptionOptions());
    options.setFilter(followed(prefix));
  } else {
    options.setCount(String(count));
    options.setNoFilter(new shared.Empty());
  }
  return new streams.ReadReq().setOptions(options);
};

const placeInLog = (from: Question['from']) => {
  const all = new Options.AllOptions();
  if (from === 'start') return all.setStart(new shared.Empty());
  if (from === 'end') return all.setEnd(new shared.Empty());
  // Nothing that this adapter writes has two positions that differ.
  const place = new Options.Position().setCommitPosition(String(from)).setPreparePosition(String(from));
  return all.setPosition(place);
};

const placeIn = (stream: string, from: Question['from']) => {
  const options = new Options.StreamOptions();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  if (from === 'start') return options.setStart(new shared.Empty());
  if (from === 'end') return options.setEnd(new shared.Empty());
  return options.setRevision(String(from));
};

const followed = (prefix: string) => {
  const names = new Options.FilterOptions.Expression();
  if (prefix === '') names.setRegex(FOLLOWED);
  else names.setPrefixList([prefix]);
  const filter = new Options.FilterOptions().setStreamIdentifier(names).setMax(LEFT_OUT);
  return filter.setCheckpointintervalmultiplier(1);
};

// A read as a call of the protocol, on the client's connection, with its credentials and its definitions. `answerWire.ts`
// decodes the answers: the client's own reads and subscriptions parse and copy far more than this adapter needs.

import type { Readable } from 'node:stream';
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

interface Call extends Readable {
  cancel(): void;
}

export interface Reading {
  /** Resolves when the read has ended. Rejects with the error of the call, or of `take`. */
  readonly over: Promise<void>;
  /** Ends the read. */
  cancel(): void;
}

/** Reads until `take` returns false, or to the end, which a subscription never has. It calls `take` with each answer, in order. */
export const read = (client: GrpcClient, question: Question, take: (answer: Answer) => boolean): Reading => {
  const request = requestOf(question);
  const args = client.callArguments(FROM_LEADER, { deadline: Infinity });
  const opening = client.GRPCStreamCreator(
    rpc.StreamsClient,
    'read',
    (stub) => stub.makeServerStreamRequest(path, requestSerialize, answerOf, request, ...args) as Call,
  )();
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  const end = (settle: () => void): void => {
    isOver = true;
    settle();
  };
  // Not at once: a call that is cancelled while it hands out an answer breaks.
  const cancel = (): void => {
    opening.then((call) => setImmediate(() => call.cancel())).catch(() => undefined);
  };
  const onData = (answer: Answer): void => {
    if (isOver) return;
    try {
      if (take(answer)) return;
      end(resolve);
    } catch (error) {
      end(() => reject(error));
    }
    cancel();
  };
  opening
    .then((call) => {
      call.on('data', onData);
      // This listener stays after the end: an error without a listener ends the process.
      call.on('error', (error: Error & { readonly code?: number }) =>
        end(() =>
          reject(
            error.code === CANCELLED ? new CallFailed('the read was ended') : convertToCommandError(error as never),
          ),
        ),
      );
      call.on('end', () =>
        end(() => {
          if (question.count === undefined) reject(new CallFailed('the node ended the subscription'));
          else resolve();
        }),
      );
    })
    .catch((error: unknown) => end(() => reject(error)));
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

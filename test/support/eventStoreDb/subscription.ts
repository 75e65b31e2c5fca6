// One subscription of the stand-in: history at the reader's pace, then live. A live reader that does not take what is
// sent is dropped once more events wait than the node's buffer holds.

import { randomUUID } from 'node:crypto';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import type { LiveFeed } from './liveFeed.ts';
import type { NodeEvent } from './nodeEvent.ts';
import type { NodeLog } from './nodeLog.ts';
import { caughtUp, checkpoint, confirmation, eventAnswer, failure, type ReadReq, type ReadResp } from './wire.ts';

const PAGE = 500;
/** What ends the wait for room to send. */
const ENDINGS = ['drain', 'cancelled', 'error', 'close'] as const;

export type Reader = ServerWritableStream<ReadReq, ReadResp>;

/** Sends one answer; resolves when more may be sent. */
export const send = async (reader: Reader, answer: ReadResp): Promise<void> => {
  if (reader.write(answer) || reader.cancelled) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of ENDINGS) reader.off(event, done);
      resolve();
    };
    for (const event of ENDINGS) reader.on(event, done);
  });
};

export interface Subscribed {
  /** Events after it, in the whole log. */
  readonly position: number;
  readonly wants: (event: NodeEvent) => boolean;
  /** Events looked at between two checkpoints; Infinity: no checkpoints. */
  readonly checkpointEvery: number;
}

/** What a subscription sends for each event of the log it passes: the event, a checkpoint, or nothing. */
const selector = ({ wants, checkpointEvery }: Subscribed) => {
  let passed = 0;
  return (event: NodeEvent): ReadResp | undefined => {
    passed += 1;
    if (wants(event)) return eventAnswer(event);
    return passed % checkpointEvery === 0 ? checkpoint(event.position) : undefined;
  };
};

export const serveSubscription = async (
  reader: Reader,
  subscribed: Subscribed,
  log: NodeLog,
  feed: LiveFeed,
): Promise<void> => {
  const select = selector(subscribed);
  let position = subscribed.position;
  await send(reader, confirmation(randomUUID()));
  while (!reader.cancelled) {
    const page = await log.readForwards(position, PAGE);
    for (const event of page) {
      const answer = select(event);
      if (answer) await send(reader, answer);
      position = event.position;
    }
    if (page.length === 0 && feed.position() <= position) return goLive(reader, position, select, feed);
  }
};

const goLive = (
  reader: Reader,
  from: number,
  select: (event: NodeEvent) => ReadResp | undefined,
  feed: LiveFeed,
): void => {
  const waiting: ReadResp[] = [caughtUp()];
  let sending = false;
  let turns = 0;

  const pump = async (): Promise<void> => {
    sending = true;
    for (let next = waiting.shift(); next && !reader.cancelled; next = waiting.shift()) {
      await send(reader, next);
      turns += 1;
    }
    sending = false;
  };

  const drop = (): void => {
    leave();
    waiting.length = 0;
    const reason = 'Consumer too slow to handle event while live. Client resubscription required.';
    reader.emit('error', failure(status.ABORTED, reason));
  };

  const leave = feed.join({
    take(events) {
      for (const event of events) {
        const answer = event.position > from ? select(event) : undefined;
        if (answer) waiting.push(answer);
      }
      if (!sending) void pump();
      const before = turns;
      // Two turns of the loop let an attentive reader's socket drain: only one that takes nothing is dropped.
      setImmediate(() =>
        setImmediate(() => {
          if (turns === before && waiting.length > feed.buffer()) drop();
        }),
      );
    },
    drop,
  });
  reader.on('cancelled', leave);
  reader.on('close', leave);
  void pump();
};

// Whether there is still somebody at a socket, over a stream and a clock that go on when the test says so.

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createOutputBudget } from '../../src/limits/outputBudget.ts';
import { TokenBucket } from '../../src/limits/tokenBucket.ts';
import { Connection, type ConnectionContext } from '../../src/ws/connection.ts';
import { createMemoryBudget } from '../../src/ws/flow/memoryBudget.ts';
import type { Hub } from '../../src/ws/hub.ts';
import { HeldStream } from '../support/heldStream.ts';

const HEARTBEAT = 1000;
const UNBOUNDED = Number.POSITIVE_INFINITY;

const bucket = new TokenBucket({ perSecond: 1, burst: UNBOUNDED });
const context: ConnectionContext = {
  hub: {} as Hub,
  log: pino({ level: 'silent' }),
  now: () => new Date(0),
  buffer: UNBOUNDED,
  output: createOutputBudget({ MAX_BUFFERED: UNBOUNDED, MAX_BUFFER: UNBOUNDED }),
  heartbeat: HEARTBEAT,
  patience: UNBOUNDED,
  memory: createMemoryBudget({ all: UNBOUNDED, account: UNBOUNDED, address: UNBOUNDED }),
  limited: (work) => work(),
  rate: { burst: UNBOUNDED, perSecond: 1, debt: UNBOUNDED },
  bucketOf: () => bucket,
  running: 0,
};

/** A socket whose client has got `frames` frames to read, and answers no ping: it has not come to it yet. */
const opened = (frames: number) => {
  const stream = new HeldStream();
  const handler = { open: async () => undefined, frame: async () => undefined };
  const connection = new Connection(context, handler, stream, '192.0.2.1');
  const ws = { readyState: WebSocket.OPEN, isPaused: false, ping: () => undefined, terminate: () => undefined };
  connection.opened(ws as unknown as WebSocket);
  for (let i = 0; i < frames; i++) connection.send(`news ${i}`);
  const beat = () => connection.tick(0, HEARTBEAT);
  return { stream, beat };
};

test('who reads, however slowly, is there, though its answer to a ping cannot come before it has read the ping', async () => {
  const { stream, beat } = opened(10);
  for (let i = 0; i < 8; i++) {
    beat();
    await stream.readsOne();
  }
  expect(stream.destroyed).toBe(false);
});

test.each([0, 10])('who is silent and reads nothing of %d frames is gone within two heartbeats', async (frames) => {
  const { stream, beat } = opened(frames);
  for (let i = 0; i < 3; i++) beat();
  expect(stream.destroyed).toBe(true);
});

test('who has read all there was and is silent from then on is gone within two heartbeats', async () => {
  const { stream, beat } = opened(3);
  for (let i = 0; i < 3; i++) {
    beat();
    await stream.readsOne();
  }
  for (let i = 0; i < 2; i++) beat();
  expect(stream.destroyed).toBe(true);
});

// The sending side of a socket, over a stream that lets bytes go when the test says so.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOutputBudget } from '../../src/limits/outputBudget.ts';
import { BufferedSocket } from '../../src/ws/flow/bufferedSocket.ts';
import { HeldStream } from '../support/heldStream.ts';

class Socket extends BufferedSocket {
  readonly owner = 'ann';
  readonly isOpen = true;
  protected readonly takesFrames = true;
  code: number | undefined;

  end(code: number): void {
    this.code ??= code;
  }
  terminate(): void {
    this.socket.destroy();
  }
  open(): this {
    this.flush();
    return this;
  }
}

const opened = (buffer: number) => {
  const stream = new HeldStream();
  const output = createOutputBudget({ MAX_BUFFERED: Infinity, MAX_BUFFER: Infinity });
  return { stream, socket: new Socket(stream, { buffer, output }).open() };
};

test.each([10, 100, 1000])(
  'who sends history to a full socket of %d kB waits until the client has read',
  async (kB) => {
    const { stream, socket } = opened(kB * 1000);
    while (!socket.isFull) socket.write(Buffer.alloc(1000));
    let isDrained = false;
    const drained = socket.drained().then(() => {
      isDrained = true;
    });
    await nextTurn();
    expect([isDrained, socket.code]).toEqual([false, undefined]);
    await stream.reads();
    await drained;
    expect(socket.waiting).toBe(0);
  },
);

test.each(['destroyed', 'ended'])('who waits for a socket that is %s waits no more', async (how) => {
  const { stream, socket } = opened(10_000);
  while (!socket.isFull) socket.write(Buffer.alloc(1000));
  if (how === 'ended') stream.end();
  const drained = socket.drained();
  stream.destroy();
  await drained;
  await socket.drained();
});

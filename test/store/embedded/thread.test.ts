// Threads that have finished wait for the next work of their kind.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { startThread } from '../../../src/store/embedded/thread.ts';
import type { Request } from './threadWorker.ts';

const module = new URL('./threadWorker.ts', import.meta.url);
const start = (data: string) =>
  startThread<Request, { readonly data: string; readonly threadId: number }>(module, data);

it('is used again after it has finished, for a work of its own', async () => {
  const first = start('first');
  const { threadId } = await first.ask('who');
  expect(await first.finish('who')).toEqual({ data: 'first', threadId });
  expect(first.hasEnded).toBe(true);
  await expect(first.ask('who')).rejects.toThrow('the thread has finished');

  const second = start('second');
  await first.stop();
  expect(await second.finish('who')).toEqual({ data: 'second', threadId });
});

it('is not used again after it was stopped, or its last request failed', async () => {
  const first = start('first');
  const { threadId } = await first.ask('who');
  const beside = start('beside');
  expect((await beside.ask('who')).threadId).not.toBe(threadId);
  await first.stop();
  await expect(beside.finish('fail')).rejects.toThrow('beside failed');
  const { threadId: later } = await beside.ask('who').catch(() => start('later').finish('who'));
  expect(later).toBeGreaterThan(threadId + 1);
});

it('is not used again if it dies while it waits', async () => {
  const emitted = vi.spyOn(Worker.prototype, 'emit');
  const first = start('first');
  const { threadId } = await first.finish('die');
  const worker = (emitted.mock.contexts as Worker[]).find((each) => each.threadId === threadId);
  emitted.mockRestore();
  // One that has exited already has no id any more.
  if (worker) await once(worker, 'exit');
  expect((await start('second').finish('who')).threadId).not.toBe(threadId);
});

it('is not used again if its last reply comes together with its end', async () => {
  const first = start('first');
  const { threadId } = await first.ask('who');
  const emit = Worker.prototype.emit;
  // As Node does it if the thread ends before its reply was fetched: both in one turn.
  const emitted = vi.spyOn(Worker.prototype, 'emit').mockImplementation(function (this: Worker, name, ...args) {
    emit.call(this, name, ...args);
    return name === 'message' && emit.call(this, 'exit', 0);
  });
  expect(await first.finish('die')).toMatchObject({ threadId });
  emitted.mockRestore();
  expect(first.hasEnded).toBe(true);
  expect((await start('second').finish('who')).threadId).not.toBe(threadId);
});

it('keeps the process running until it has stopped, also if it answers meanwhile', () => {
  const thread = new URL('../../../src/store/embedded/thread.ts', import.meta.url);
  const script = `(async () => {
    const { startThread } = await import('${thread}');
    const thread = startThread(new URL('${module}'), 'stopped');
    await thread.ask('who');
    thread.ask('who').catch(() => undefined);
    // The answer comes while this thread is busy, and is read after the call of stop.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    await thread.stop();
    console.log('stopped');
  })()`;
  const said = execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' });
  expect(said).toBe('stopped\n');
});

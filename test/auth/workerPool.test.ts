// The pool of threads: bounded, lazy, and unharmed by the death of a worker.

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Busy, createWorkerPool } from '../../src/auth/workerPool.ts';

const entry = new URL('./obedientWorker.ts', import.meta.url);

describe('a pool of workers', () => {
  let pool: ReturnType<typeof createWorkerPool<string, string>>;
  let started: Worker[];
  const remember = (worker: Worker): void => void started.push(worker);
  const create = (workers: number, queue: number, jobLimit = 30_000): void => {
    pool = createWorkerPool<string, string>({ entry, workers, queue, jobLimit });
  };

  beforeEach(() => {
    started = [];
    process.on('worker', remember);
  });
  afterEach(async () => {
    process.off('worker', remember);
    await pool.close();
  });

  it('starts no worker before there is work, and no more than it may', async () => {
    create(2, 10);
    expect(started).toHaveLength(0);
    expect(await pool.run('one')).toBe('one, done');
    expect(await pool.run('two')).toBe('two, done');
    expect(started).toHaveLength(1);
    const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((job) => pool.run(job)));
    expect(all).toEqual(['a, done', 'b, done', 'c, done', 'd, done', 'e, done']);
    expect(started).toHaveLength(2);
  });

  it('refuses at once who would wait behind a full queue, and serves the others', async () => {
    create(1, 2);
    const taken = ['working', 'first', 'second'].map((job) => pool.run(job));
    await expect(pool.run('one too many')).rejects.toThrow(Busy);
    expect(await Promise.all(taken)).toEqual(['working, done', 'first, done', 'second, done']);
    expect(await pool.run('later')).toBe('later, done');
  });

  it('rejects the job a worker died over, and does the others with a new one', async () => {
    create(1, 10);
    const died = pool.run('die');
    const others = ['a', 'b'].map((job) => pool.run(job));
    await expect(died).rejects.toMatchObject({
      message: expect.stringContaining('ended over its job'),
      cause: { message: 'as told' },
    });
    expect(await Promise.all(others)).toEqual(['a, done', 'b, done']);
    expect(started).toHaveLength(2);
  });

  it('replaces a worker that died while it had nothing to do', async () => {
    create(1, 10);
    await pool.run('a');
    const exited = once(started[0]!, 'exit');
    await started[0]!.terminate();
    await exited.catch(() => undefined);
    expect(await pool.run('b')).toBe('b, done');
    expect(started).toHaveLength(2);
  });

  it('gives a job up that takes too long', async () => {
    create(1, 10, 50);
    await expect(pool.run('keep silent')).rejects.toThrow('ended over its job');
  });

  it('ends every wait when it is closed, and takes no more', async () => {
    create(1, 10);
    const waits = [pool.run('keep silent'), pool.run('a')].map((wait) => expect(wait).rejects.toThrow());
    await pool.close();
    await Promise.all(waits);
    await expect(pool.run('b')).rejects.toThrow('stopped');
  });
});

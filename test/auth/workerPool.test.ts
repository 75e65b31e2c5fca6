// The pool of threads: fair, bounded in time, lazy, and unharmed by the death of a worker.

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Busy, createWorkerPool } from '../../src/auth/workerPool.ts';

const entry = new URL('./obedientWorker.ts', import.meta.url);

describe('a pool of workers', () => {
  let pool: ReturnType<typeof createWorkerPool<string | SharedArrayBuffer, string>>;
  let started: Worker[];
  const remember = (worker: Worker): void => void started.push(worker);
  const create = (workers: number, patience = 30_000, jobLimit = 30_000): void => {
    pool = createWorkerPool<string | SharedArrayBuffer, string>({ entry, workers, patience, jobLimit });
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
    create(2);
    expect(started).toHaveLength(0);
    expect(await pool.run('one', 'ann')).toBe('one, done');
    expect(await pool.run('two', 'ann')).toBe('two, done');
    expect(started).toHaveLength(1);
    const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((job) => pool.run(job, 'ann')));
    expect(all).toEqual(['a, done', 'b, done', 'c, done', 'd, done', 'e, done']);
    expect(started).toHaveLength(2);
  });

  it('takes turns: a sender with many jobs waits for them, and another is next', async () => {
    create(1);
    const done: string[] = [];
    const ask = (sender: string, job: string) => pool.run(job, sender).then(() => done.push(job));
    const many = ['a1', 'a2', 'a3', 'a4'].map((job) => ask('ann', job));
    const few = ['b1', 'b2'].map((job) => ask('ben', job));
    await Promise.all([...many, ...few, ask('eve', 'e1')]);
    expect(done).toEqual(['a1', 'a2', 'b1', 'e1', 'a3', 'b2', 'a4']);
  });

  it('refuses a job that no thread took in time, however many wait, and serves the others', async () => {
    create(0, 20);
    const waits = Array.from({ length: 200 }, () => pool.run('a', 'ann'));
    for (const outcome of await Promise.allSettled(waits)) expect(outcome).toMatchObject({ reason: expect.any(Busy) });
    await pool.close();
    create(1);
    expect(await Promise.all(['a', 'b'].map((job) => pool.run(job, 'ann')))).toEqual(['a, done', 'b, done']);
  });

  it('rejects the job a worker died over, and does the others with a new one', async () => {
    create(1);
    const died = pool.run('die', 'ann');
    const others = ['a', 'b'].map((job) => pool.run(job, 'ann'));
    await expect(died).rejects.toMatchObject({
      message: expect.stringContaining('ended over its job'),
      cause: { message: 'as told' },
    });
    expect(await Promise.all(others)).toEqual(['a, done', 'b, done']);
    expect(started).toHaveLength(2);
  });

  it('replaces a worker that died while it had nothing to do', async () => {
    create(1);
    await pool.run('a', 'ann');
    const exited = once(started[0]!, 'exit');
    await started[0]!.terminate();
    await exited.catch(() => undefined);
    expect(await pool.run('b', 'ann')).toBe('b, done');
    expect(started).toHaveLength(2);
  });

  it('gives a job up that takes too long', async () => {
    create(1, 30_000, 50);
    await expect(pool.run('keep silent', 'ann')).rejects.toThrow('ended over its job');
  });

  it('gives the next job to no worker that was given up, though it answered in the last moment', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    create(1, 60_000);
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const jobs = [answered.buffer, 'b'].map((job) => pool.run(job, 'ann'));
    // Nobody reads the answer before the time is over.
    Atomics.wait(answered, 0, 0);
    vi.advanceTimersByTime(30_000);
    expect(await Promise.all(jobs)).toEqual(['noted, done', 'b, done']);
    expect(started).toHaveLength(2);
  });

  it('ends every wait when it is closed, and takes no more', async () => {
    create(1);
    const waits = [pool.run('keep silent', 'ann'), pool.run('a', 'ann')].map((wait) => expect(wait).rejects.toThrow());
    await pool.close();
    await Promise.all(waits);
    await expect(pool.run('b', 'ann')).rejects.toThrow('stopped');
  });
});

// A pool of threads for one kind of work: one job per thread at a time, behind a bounded queue.

import { Worker } from 'node:worker_threads';
import { Busy } from './ports.ts';

export interface WorkerPool<Job, Answer> {
  /** The worker's answer to `job`. @throws Busy when the queue is full; an Error when the worker died. */
  run(job: Job): Promise<Answer>;
  /** Stops every worker and rejects unanswered jobs. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  /** The module that a worker runs: it answers each message with one message. */
  readonly entry: URL;
  readonly workers: number;
  /** Jobs that may wait. */
  readonly queue: number;
  /** Milliseconds after which the pool gives up a job and stops its worker. */
  readonly jobLimit: number;
}

interface Task<Job, Answer> {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts a worker when there is work. An idle worker does not keep the process alive. When a worker dies its job fails,
 * and the next job gets a new worker, so a worker that always dies empties the queue.
 */
export const createWorkerPool = <Job, Answer>(options: WorkerPoolOptions): WorkerPool<Job, Answer> => {
  const waiting: Task<Job, Answer>[] = [];
  const idle: Worker[] = [];
  const working = new Map<Worker, { readonly task: Task<Job, Answer>; readonly giveUp: NodeJS.Timeout }>();
  let closed = false;

  const start = (): Worker => {
    const worker = new Worker(options.entry, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    let cause: unknown;
    worker.on('message', (answer: Answer) => {
      release(worker)?.resolve(answer);
      worker.unref();
      idle.push(worker);
      next();
    });
    worker.on('error', (error) => {
      cause = error; // `exit` follows
    });
    worker.on('exit', (code) => {
      release(worker)?.reject(new Error(`a worker ended over its job (${code})`, { cause }));
      const place = idle.indexOf(worker);
      if (place >= 0) idle.splice(place, 1);
      next();
    });
    return worker;
  };

  const assign = (worker: Worker, task: Task<Job, Answer>): void => {
    working.set(worker, { task, giveUp: setTimeout(() => void worker.terminate(), options.jobLimit) });
    worker.ref();
    worker.postMessage(task.job);
  };

  const release = (worker: Worker): Task<Job, Answer> | undefined => {
    const work = working.get(worker);
    working.delete(worker);
    clearTimeout(work?.giveUp);
    return work?.task;
  };

  const next = (): void => {
    const free = idle.length > 0 || working.size < options.workers;
    const task = closed || !free ? undefined : waiting.shift();
    if (task === undefined) return;
    try {
      assign(idle.pop() ?? start(), task);
    } catch (error) {
      task.reject(error); // the system refused a thread
    }
  };

  return {
    run(job) {
      if (closed) return Promise.reject(new Error('the workers are stopped'));
      const free = idle.length > 0 || working.size < options.workers;
      if (!free && waiting.length >= options.queue) return Promise.reject(new Busy('too many jobs wait already'));
      return new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject });
        next();
      });
    },

    async close() {
      closed = true;
      for (const task of waiting.splice(0)) task.reject(new Error('the workers are stopped'));
      await Promise.all([...idle, ...working.keys()].map((worker) => worker.terminate()));
    },
  };
};

// A few threads that do one kind of work, one job each at a time, behind a queue with an end.

import { Worker } from 'node:worker_threads';
import { Busy } from './ports.ts';

export interface WorkerPool<Job, Answer> {
  /** The worker's answer to `job`. @throws Busy when the queue is full; an Error when the worker died over it. */
  run(job: Job): Promise<Answer>;
  /** Stops every worker; jobs not answered yet are rejected. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  /** The module a worker runs: it answers each message with one message. */
  readonly entry: URL;
  readonly workers: number;
  /** Jobs that may wait beyond those being worked on. */
  readonly queue: number;
  /** Milliseconds after which a job is given up and its worker stopped. */
  readonly jobLimit: number;
}

interface Task<Job, Answer> {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts no worker before there is work. An idle worker does not keep the process alive. A dead one loses its job and
 * the next job gets a new one, so workers that cannot live end when the queue does.
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
      task.reject(error); // the system gave no thread
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

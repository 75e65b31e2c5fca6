// A pool of threads for one kind of work: one job per thread at a time, behind a queue that is fair and bounded in time.

import { Worker } from 'node:worker_threads';
import { createFairQueue } from './fairQueue.ts';

/** Too many callers want the same work. Becomes 503 with `Retry-After`. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

interface Options {
  /** The module that a worker runs: it answers each message with one message. */
  readonly entry: URL;
  readonly workers: number;
  /** Milliseconds that a job may wait for a thread. */
  readonly patience: number;
  /** Milliseconds after which the pool gives up a job and stops its worker. */
  readonly jobLimit: number;
}

/**
 * Starts a worker when there is work. An idle worker does not keep the process alive. When a worker dies its job fails,
 * and the next job gets a new worker, so a worker that always dies empties the queue.
 */
export const createWorkerPool = <Job, Answer>({ entry, workers, patience, jobLimit }: Options) => {
  type Task = PromiseWithResolvers<Answer> & { readonly job: Job; readonly impatient: NodeJS.Timeout };
  const waiting = createFairQueue<Task>();
  const idle: Worker[] = [];
  const working = new Map<Worker, { readonly task: Task; readonly giveUp: NodeJS.Timeout; isGivenUp: boolean }>();
  let isClosed = false;

  const hasFree = (): boolean => idle.length > 0 || working.size < workers;

  const start = (): Worker => {
    // With an environment of its own, the thread would not find the cache of compiled sources, and would start in twice the time.
    const worker = new Worker(entry, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 64 } });
    let cause: unknown;
    worker.on('message', (answer: Answer) => {
      const work = working.get(worker);
      work?.task.resolve(answer);
      // It ends, though it has answered in the last moment: it must not get the next job.
      if (work?.isGivenUp) return;
      release(worker);
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

  const assign = (worker: Worker, task: Task): void => {
    const giveUp = (): void => {
      work.isGivenUp = true;
      void worker.terminate();
    };
    const work = { task, giveUp: setTimeout(giveUp, jobLimit), isGivenUp: false };
    working.set(worker, work);
    worker.ref();
    worker.postMessage(task.job);
  };

  const release = (worker: Worker): Task | undefined => {
    const work = working.get(worker);
    working.delete(worker);
    clearTimeout(work?.giveUp);
    return work?.task;
  };

  const next = (): void => {
    const task = isClosed || !hasFree() ? undefined : waiting.take();
    if (task === undefined) return;
    clearTimeout(task.impatient);
    try {
      assign(idle.pop() ?? start(), task);
    } catch (error) {
      task.reject(error); // the system refused a thread
    }
  };

  return {
    /**
     * The worker's answer to `job`. Senders take turns. @throws Busy when no thread was free in time; an Error when the
     * worker died.
     */
    run: async (job: Job, sender: string): Promise<Answer> => {
      if (isClosed) throw new Error('the workers are stopped');
      const giveUp = (): void => {
        waiting.remove(sender, task);
        task.reject(new Busy('no thread was free in time'));
      };
      const task: Task = { job, impatient: setTimeout(giveUp, patience), ...Promise.withResolvers<Answer>() };
      waiting.add(sender, task);
      next();
      return task.promise;
    },

    /** Stops every worker and rejects unanswered jobs. */
    close: async (): Promise<void> => {
      isClosed = true;
      for (const task of waiting.takeAll()) {
        clearTimeout(task.impatient);
        task.reject(new Error('the workers are stopped'));
      }
      await Promise.all([...idle, ...working.keys()].map((worker) => worker.terminate()));
    },
  };
};

// Both ends of a worker thread that answers requests in order, for work that blocks.

import { parentPort, Worker } from 'node:worker_threads';

export interface Thread<Request, Reply> {
  /** @throws what `failureOf` makes of the error of the request, or of the end of the thread. */
  ask(request: Request): Promise<Reply>;
  /** Ends the thread, and rejects requests without an answer. */
  stop(): Promise<void>;
  /** The thread has ended, by `stop` or by itself. */
  readonly hasEnded: boolean;
}

/**
 * Starts a thread. Only a request without an answer keeps the process running.
 * @param module calls `answerRequests`, and finds `data` as its `workerData`.
 * @param failureOf words the failures of the thread.
 */
export const startThread = <Request, Reply = void>(
  module: URL,
  data?: unknown,
  failureOf = (error: Error): Error => error,
): Thread<Request, Reply> => {
  const worker = new Worker(module, { workerData: data });
  worker.unref();
  const waiting: PromiseWithResolvers<Reply>[] = [];
  let end: Error | undefined;
  const onEnd = (cause: Error): void => {
    end ??= failureOf(cause);
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  worker.on('message', (reply: Reply | Error) => {
    const asked = waiting.shift();
    if (waiting.length === 0) worker.unref();
    if (reply instanceof Error) asked?.reject(failureOf(reply));
    else asked?.resolve(reply);
  });
  worker.on('error', onEnd);
  worker.on('exit', () => onEnd(new Error('the thread ended')));
  return {
    async ask(request) {
      if (end !== undefined) throw end;
      const asked = Promise.withResolvers<Reply>();
      waiting.push(asked);
      worker.ref();
      worker.postMessage(request);
      return asked.promise;
    },
    stop: async () => void (await worker.terminate()),
    get hasEnded() {
      return end !== undefined;
    },
  };
};

/** The thread's end: posts what `answer` returns or throws. */
export const answerRequests = <Request>(answer: (request: Request) => unknown): void => {
  parentPort!.on('message', (request: Request) => {
    let reply: unknown;
    try {
      reply = answer(request);
    } catch (error) {
      reply = withCodes(error);
    }
    parentPort!.postMessage(reply);
  });
};

/** The codes of SQLite and of the system survive only in an error's cause. */
const withCodes = (thrown: unknown): Error => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const codes = { ...error };
  if (Object.keys(codes).length > 0) error.cause = codes;
  return error;
};

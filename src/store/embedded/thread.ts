// Both ends of a worker thread that answers requests in order, for work that blocks. Starting a thread takes 70 ms of a
// core, more than most of them do: one that has put down its work waits for the next of its kind.

import { parentPort, Worker } from 'node:worker_threads';

export interface Thread<Request, Reply> {
  /** @throws what `failureOf` makes of the error of the request, or of the end of the thread. */
  ask(request: Request): Promise<Reply>;
  /** Puts the last request, after which the work has nothing open. @throws as `ask`; the thread has ended then. */
  finish(request: Request): Promise<Reply>;
  /** Ends the thread, and rejects requests without an answer. After `finish` there is nothing to end. */
  stop(): Promise<void>;
  /** The thread has ended, by `stop` or by itself. */
  readonly hasEnded: boolean;
}

/** At most one of each module. */
const idle = new Map<string, Worker>();

const takeIdle = (module: string): Worker | undefined => {
  const worker = idle.get(module);
  idle.delete(module);
  if (worker) silence(worker);
  return worker;
};

/** By their names: a worker listens to itself, too. */
const silence = (worker: Worker): void => {
  for (const name of ['message', 'error', 'exit']) worker.removeAllListeners(name);
};

const leave = async (module: string, worker: Worker): Promise<void> => {
  silence(worker);
  if (idle.has(module)) return void (await worker.terminate());
  // Whatever ends it: nobody waits for it.
  const forget = (): boolean => idle.delete(module);
  worker.on('error', forget).on('exit', forget);
  idle.set(module, worker);
};

/**
 * Starts a thread. Only a request without an answer keeps the process running.
 * @param module calls `answerRequests` with what begins a work on `data`.
 * @param failureOf words the failures of the thread.
 */
export const startThread = <Request, Reply = void>(
  module: URL,
  data?: unknown,
  failureOf = (error: Error): Error => error,
): Thread<Request, Reply> => {
  const worker = takeIdle(module.href) ?? new Worker(module);
  worker.unref();
  const waiting: PromiseWithResolvers<Reply>[] = [];
  let end: Error | undefined;
  let isLeft = false;
  /** Its end keeps the process running, whatever it still answers. */
  let isStopping = false;
  const onEnd = (cause: Error): void => {
    end ??= failureOf(cause);
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  worker.on('message', (reply: Reply | Error) => {
    const asked = waiting.shift();
    if (waiting.length === 0 && !isStopping) worker.unref();
    if (reply instanceof Error) asked?.reject(failureOf(reply));
    else asked?.resolve(reply);
  });
  worker.on('error', onEnd);
  worker.on('exit', () => onEnd(new Error('the thread ended')));
  worker.postMessage({ begin: data } satisfies Message<Request>);

  const ask = async (request: Request): Promise<Reply> => {
    if (end !== undefined) throw end;
    const asked = Promise.withResolvers<Reply>();
    waiting.push(asked);
    worker.ref();
    worker.postMessage({ request } satisfies Message<Request>);
    return asked.promise;
  };
  const stop = async (): Promise<void> => {
    isStopping = true;
    if (!isLeft) await worker.terminate();
  };
  return {
    ask,
    stop,
    async finish(request) {
      try {
        const reply = await ask(request);
        // A reply may come together with the end of the thread: nobody may wait for one that is dead.
        if (end !== undefined) return reply;
        end = failureOf(new Error('the thread has finished'));
        isLeft = true;
        await leave(module.href, worker);
        return reply;
      } catch (error) {
        await stop();
        throw error;
      }
    },
    get hasEnded() {
      return end !== undefined;
    },
  };
};

type Message<Request> = { readonly begin: unknown } | { readonly request: Request };

/** The thread's end. `begin` takes up a work; what it returns answers the requests: what that returns or throws is posted. */
export const answerRequests = <Data, Request>(begin: (data: Data) => (request: Request) => unknown): void => {
  let answer: (request: Request) => unknown;
  parentPort!.on('message', (message: Message<Request>) => {
    if ('begin' in message) {
      answer = begin(message.begin as Data);
      return;
    }
    let reply: unknown;
    try {
      reply = answer(message.request);
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

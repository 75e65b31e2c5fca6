// The main thread's side of the writing thread: while the thread works on one group of appends, the next gathers here.

import { setTimeout as delay } from 'node:timers/promises';
import { type Appended, type EventStore, type Recorded, Unavailable } from '../ports.ts';
import { checkAppend } from '../shared/page.ts';
import { type Answers, type Append, groupOf, settle } from './appendGroup.ts';
import type { LogFile, Request } from './eventLogWorker.ts';
import { startThread } from './thread.ts';

/** `append` and `probe` as the port has them. */
export interface EventLogWriter extends Pick<EventStore, 'append' | 'probe'> {
  /** Takes no more appends; resolves when all taken are answered. */
  stop(): Promise<void>;
  /** Ends the thread. Call it after `stop`. */
  close(): Promise<void>;
}

export interface WriterOptions extends LogFile {
  /** Receives the events just written, in log order, before the callers of their appends go on. */
  readonly onWritten: (events: readonly Recorded[]) => void;
  /** Appends failed, and may have been written: what is known of the file may be wrong. */
  readonly onFailure: () => void;
}

/** Small enough that its answer holds the main thread for a few milliseconds only. */
const GROUP_EVENTS = 2048;
/** Appends waiting at most: so many gather only when the disk hardly answers. */
const WAITING = 20_000;
/** A disk that takes longer is away. If it answers after all, that still counts. */
const STALLED_MS = 30_000;
/** For putting the file in order, which nothing depends on: what is in the write-ahead log is safe. */
const END_MS = 2000;

/** Starts the thread; resolves once it has opened the file. @throws Error the file cannot be opened. */
export const openEventLogWriter = async (options: WriterOptions): Promise<EventLogWriter> => {
  const { file, pageLimit, onWritten, onFailure } = options;
  const start = () =>
    startThread<Request, Answers>(new URL('./eventLogWorker.ts', import.meta.url), { file, pageLimit });
  let thread = start();
  const waiting: Append[] = [];
  let isWriting = false;
  let isStopped = false;
  let stalled: Error | undefined;
  const stopped = Promise.withResolvers<void>();

  /** `onStall`: called if the answer does not come in time. It may still come. */
  const ask = async (request: Request, onStall: (cause: Error) => void): Promise<Answers> => {
    if (thread.hasEnded) thread = start();
    const timer = setTimeout(() => {
      stalled = new Error(`the disk has not answered for ${STALLED_MS / 1000} s`);
      onStall(stalled);
      noteStopped();
    }, STALLED_MS);
    try {
      return await thread.ask(request);
    } finally {
      clearTimeout(timer);
      stalled = undefined;
    }
  };

  const askInTime = (request: Request): Promise<Answers> =>
    new Promise((resolve, reject) => void ask(request, reject).then(resolve, reject));

  const noteStopped = (): void => {
    if (isStopped && waiting.length === 0 && (!isWriting || stalled)) stopped.resolve();
  };

  const takeGroup = (): Append[] => {
    let taken = 0;
    for (let events = 0; taken < waiting.length; taken++) {
      events += waiting[taken]!.events.length;
      if (events > GROUP_EVENTS && taken > 0) break;
    }
    return waiting.splice(0, taken);
  };

  const writeNext = (): void => {
    const group = takeGroup();
    isWriting = group.length > 0;
    if (!isWriting) return;
    // The next group goes first, so that the thread works while the answers are handed out.
    void ask(groupOf(group), (cause) => rejectAll([...group, ...waiting.splice(0)], cause))
      .then(
        (answers) => {
          writeNext();
          onWritten(settle(group, answers));
        },
        (cause: unknown) => {
          onFailure();
          writeNext();
          rejectAll(group, cause);
        },
      )
      .then(noteStopped);
  };

  const mustTake = (): void => {
    if (isStopped || stalled) throw new Unavailable('events', stalled);
    if (waiting.length >= WAITING) throw new Unavailable('events', new Error(`${WAITING} appends wait for the disk`));
  };

  await askInTime([]);
  return {
    async append(stream, expected, events) {
      checkAppend(events);
      mustTake();
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      waiting.push({ stream, expected, events, resolve, reject });
      // Not at once: appends of the same turn of the event loop belong in the same group.
      if (!isWriting) setImmediate(writeNext);
      isWriting = true;
      return promise;
    },
    async probe() {
      mustTake();
      await askInTime('probe').catch((cause: unknown) => {
        throw new Unavailable('events', cause);
      });
    },
    stop() {
      isStopped = true;
      noteStopped();
      return stopped.promise;
    },
    async close() {
      if (!thread.hasEnded)
        await Promise.race([thread.finish('end'), delay(END_MS, [], { ref: false })]).catch(() => []);
      await thread.stop();
    },
  };
};

const rejectAll = (group: readonly Append[], cause: unknown): void => {
  for (const { reject } of group) reject(new Unavailable('events', cause));
};

// The main thread's side of the writing thread: while it works on one group of appends, the next group gathers here.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Appended, Conflict, type NewEvent, type Recorded, Unavailable } from '../ports.ts';
import { type Answers, type Append, CONFLICT, groupOf, recordedOf } from './appendGroup.ts';

export interface EventLogWriter {
  /** As `append` of the port, for events already checked. */
  append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended>;
  /** Takes no more appends; resolves when all taken are answered. */
  stop(): Promise<void>;
  /** Ends the thread. To be called after `stop`. */
  close(): Promise<void>;
}

export interface WriterOptions {
  readonly file: string;
  /** Shared with the thread, which reads its first element whenever it opens the file: pages it may have at most. */
  readonly pageLimit?: Int32Array | undefined;
  /** Hears of the events just written, in log order, before their appends are answered. */
  readonly onWritten: (events: readonly Recorded[]) => void;
  /** Appends failed, and whether they were written is unknown: what was known of the file may be wrong. */
  readonly onFailure: () => void;
}

/** Small enough that its answer holds the main thread for a few milliseconds only. */
const GROUP_EVENTS = 2048;
/** Appends waiting at most: so many gather only when the disk hardly answers, and more are better told so. */
const WAITING = 20_000;
/** A disk that takes longer is away. Should it answer after all, that still counts. */
const STALLED_MS = 30_000;
const END_MS = 15_000;

/** Starts the thread; resolves once it has opened the file. @throws Error the file cannot be opened. */
export async function openEventLogWriter(options: WriterOptions): Promise<EventLogWriter> {
  const writer = eventLogWriter(options);
  await writer.opened;
  return writer;
}

function eventLogWriter({ file, pageLimit, onWritten, onFailure }: WriterOptions) {
  let worker: Worker | undefined;
  const waiting: Append[] = [];
  let sent: Append[] = [];
  let mayTake = true;
  let isOpen = false;
  let isStalled = false;
  let isFlushing = false;
  let stall: NodeJS.Timeout | undefined;
  const opened = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();

  function start(): void {
    const started = new Worker(new URL('./eventLogWorker.ts', import.meta.url), { workerData: { file, pageLimit } });
    worker = started;
    started.on('message', onMessage);
    started.on('error', (error) => onGone(started, error));
    started.on('exit', () => onGone(started, new Error('the writing thread ended')));
    stall = setTimeout(onStall, STALLED_MS);
  }

  function onMessage(message: 'open' | Answers | Error): void {
    clearTimeout(stall);
    isOpen = true;
    isStalled = false;
    const group = sent;
    sent = [];
    if (message === 'open') opened.resolve();
    else if (message instanceof Error) onFailure();
    // Before the answers are handed out, so that the thread works meanwhile.
    flush();
    if (message instanceof Error) rejectAll(group, message);
    else if (message !== 'open') settle(group, message);
    noteStopped();
  }

  function flush(): void {
    isFlushing = false;
    if (!isOpen || sent.length > 0 || waiting.length === 0) return;
    sent = takeGroup();
    worker!.postMessage(groupOf(sent));
    stall = setTimeout(onStall, STALLED_MS);
  }

  function takeGroup(): Append[] {
    let taken = 0;
    for (let events = 0; taken < waiting.length; taken++) {
      events += waiting[taken]!.events.length;
      if (events > GROUP_EVENTS && taken > 0) break;
    }
    return waiting.splice(0, taken);
  }

  function settle(group: readonly Append[], answers: Answers): void {
    onWritten(recordedOf(group, answers));
    group.forEach(({ stream, resolve, reject }, i) => {
      if (answers[i * 3] === CONFLICT) reject(new Conflict(stream));
      else resolve({ revision: answers[i * 3 + 1]!, position: answers[i * 3 + 2]! });
    });
  }

  function onStall(): void {
    isStalled = true;
    const error = new Error(`the disk has not answered for ${STALLED_MS / 1000} s`);
    opened.reject(error);
    rejectAll([...sent, ...waiting.splice(0)], error);
    noteStopped();
  }

  function onGone(gone: Worker, error: Error): void {
    if (gone !== worker) return;
    clearTimeout(stall);
    worker = undefined;
    isOpen = false;
    isStalled = false;
    opened.reject(error);
    onFailure();
    rejectAll([...sent.splice(0), ...waiting.splice(0)], error);
    noteStopped();
  }

  function noteStopped(): void {
    if (!mayTake && waiting.length === 0 && (sent.length === 0 || isStalled)) stopped.resolve();
  }

  start();
  return {
    opened: opened.promise,
    append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended> {
      if (!mayTake || isStalled || waiting.length >= WAITING) return Promise.reject(new Unavailable('events'));
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      waiting.push({ stream, expected, events, resolve, reject });
      if (!worker) start();
      // Not at once: requests that came in the same turn of the event loop belong in the same group.
      if (isOpen && sent.length === 0 && !isFlushing) {
        isFlushing = true;
        setImmediate(flush);
      }
      return promise;
    },
    stop(): Promise<void> {
      mayTake = false;
      noteStopped();
      return stopped.promise;
    },
    async close(): Promise<void> {
      const ending = worker;
      worker = undefined;
      if (!ending) return;
      ending.postMessage('end');
      await once(ending, 'exit', { signal: AbortSignal.timeout(END_MS) }).catch(() => ending.terminate());
    },
  };
}

function rejectAll(appends: readonly Append[], cause: Error): void {
  for (const { reject } of appends) reject(new Unavailable('events', cause));
}

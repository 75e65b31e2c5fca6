// The main thread's side of the writing thread: while it works on one group of appends, the next group gathers here.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Appended, Conflict, type NewEvent, type Recorded, Unavailable } from '../ports.ts';
import { type Answers, type Append, CONFLICT, groupOf, recordedOf } from './appendGroup.ts';
import type { Reply, Request } from './eventLogWorker.ts';

export interface EventLogWriter {
  /** As `append` of the port, for events already checked. */
  append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended>;
  /** As `probe` of the port. */
  probe(): Promise<void>;
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
/** Putting the file in order is a courtesy: what is in the write-ahead log is safe. */
const END_MS = 2000;

/** Starts the thread; resolves once it has opened the file. @throws Error the file cannot be opened. */
export async function openEventLogWriter(options: WriterOptions): Promise<EventLogWriter> {
  const writer = eventLogWriter(options);
  await writer.opened;
  return writer;
}

function eventLogWriter({ file, pageLimit, onWritten, onFailure }: WriterOptions) {
  let worker: Worker | undefined;
  const waiting: Append[] = [];
  const probing: PromiseWithResolvers<void>[] = [];
  /** What the thread works on, if it works. */
  let sent: { readonly appends: readonly Append[]; readonly probes: readonly PromiseWithResolvers<void>[] } | undefined;
  let mayTake = true;
  let isOpen = false;
  let stalled: Error | undefined;
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

  function onMessage(message: Reply): void {
    clearTimeout(stall);
    isOpen = true;
    stalled = undefined;
    const { appends = [], probes = [] } = sent ?? {};
    sent = undefined;
    if (message === 'open') opened.resolve();
    else if (message instanceof Error) onFailure();
    // Before the answers are handed out, so that the thread works meanwhile.
    flush();
    if (message instanceof Error) rejectAll([...appends, ...probes], message);
    else if (message !== 'open') {
      settle(appends, message);
      for (const { resolve } of probes) resolve();
    }
    noteStopped();
  }

  function flush(): void {
    isFlushing = false;
    if (!isOpen || sent) return;
    if (probing.length > 0) {
      sent = { appends: [], probes: probing.splice(0) };
      hand('probe');
    } else if (waiting.length > 0) {
      sent = { appends: takeGroup(), probes: [] };
      hand(groupOf(sent.appends));
    }
  }

  function hand(request: Request): void {
    worker!.postMessage(request);
    stall = setTimeout(onStall, STALLED_MS);
  }

  /** Not at once: requests that came in the same turn of the event loop belong in the same group. */
  function flushSoon(): void {
    if (!worker) start();
    if (!isOpen || sent || isFlushing) return;
    isFlushing = true;
    setImmediate(flush);
  }

  function rejectEverything(error: Error): void {
    rejectAll([...(sent?.appends ?? []), ...(sent?.probes ?? []), ...waiting.splice(0), ...probing.splice(0)], error);
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
    stalled = new Error(`the disk has not answered for ${STALLED_MS / 1000} s`);
    opened.reject(stalled);
    rejectEverything(stalled);
    noteStopped();
  }

  function onGone(gone: Worker, error: Error): void {
    if (gone !== worker) return;
    clearTimeout(stall);
    worker = undefined;
    isOpen = false;
    stalled = undefined;
    opened.reject(error);
    onFailure();
    rejectEverything(error);
    sent = undefined;
    noteStopped();
  }

  function noteStopped(): void {
    if (!mayTake && waiting.length === 0 && (!sent || stalled)) stopped.resolve();
  }

  start();
  return {
    opened: opened.promise,
    append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended> {
      if (!mayTake) return Promise.reject(new Unavailable('events'));
      if (stalled) return Promise.reject(new Unavailable('events', stalled));
      if (waiting.length >= WAITING)
        return Promise.reject(new Unavailable('events', new Error(`${WAITING} appends wait for the disk`)));
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      waiting.push({ stream, expected, events, resolve, reject });
      flushSoon();
      return promise;
    },
    probe(): Promise<void> {
      if (!mayTake || stalled) return Promise.reject(new Unavailable('events', stalled));
      const probe = Promise.withResolvers<void>();
      probing.push(probe);
      flushSoon();
      return probe.promise;
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
      ending.postMessage('end' satisfies Request);
      await once(ending, 'exit', { signal: AbortSignal.timeout(END_MS) }).catch(() => ending.terminate());
    },
  };
}

function rejectAll(asked: readonly { reject(error: Error): void }[], cause: Error): void {
  for (const { reject } of asked) reject(new Unavailable('events', cause));
}

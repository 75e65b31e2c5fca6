// Where the lines of the log go, and seals that are printed among them. Whatever becomes of it, a disk without room or a reader that
// hangs, the server goes on: pino's own output waits for ever when it must write at once, and keeps what waits without a bound.

import { write, writeSync } from 'node:fs';
import { describeCause } from './store/cause.ts';

/** Characters that wait at most. Lines beyond them are lost. */
const MOST = 8 * 1024 * 1024;
/** Milliseconds until the next attempt: a pipe that is full has room when its reader wakes; a disk takes longer. */
const PAUSE = { busy: 5, failed: 250 } as const;
/** Milliseconds after which a write that has not ended is taken for one to a reader that hangs. */
const HANGS = 1000;

interface Options {
  /** Default: standard output. */
  readonly fd?: number;
  readonly most?: number;
}

export type LogOutput = ReturnType<typeof createLogOutput>;

/** What pino takes for an output. It writes what waits when the process exits. */
export const createLogOutput = ({ fd = 1, most = MOST }: Options = {}) => {
  let [lines, length, lost] = [[] as string[], 0, 0];
  let why: unknown;
  /** What is being written, or is left of it. */
  let begun: Buffer | undefined;
  let state: 'idle' | 'writing' | 'paused' | 'unread' = 'idle';
  /** The promises of printed lines that wait, and of those that are being written. */
  let [waiting, leaving] = [[] as PromiseWithResolvers<void>[], [] as PromiseWithResolvers<void>[]];
  /** When the present write began, in `performance.now()`. */
  let since = 0;

  const linesOfLoss = (): readonly string[] => {
    const facts = { level: 50, time: Date.now(), lost, reason: describeCause(why), msg: 'lines of the log are lost' };
    return lost === 0 ? [] : [`${JSON.stringify(facts)}\n`];
  };

  const take = (): Buffer | undefined => {
    const text = [...lines, ...linesOfLoss()].join('');
    [lines, length, lost] = [[], 0, 0];
    [waiting, leaving] = [[], [...leaving, ...waiting]];
    return text === '' ? undefined : Buffer.from(text);
  };

  const restOf = (buffer: Buffer, written: number): Buffer | undefined =>
    written < buffer.length ? buffer.subarray(written) : undefined;

  const next = (): void => {
    if (begun === undefined) for (const { resolve } of leaving.splice(0)) resolve();
    begun ??= take();
    state = begun === undefined ? 'idle' : 'writing';
    if (begun === undefined) return;
    const writing = begun;
    since = performance.now();
    write(fd, writing, (error, written) => {
      begun = restOf(writing, error ? 0 : written);
      if (!error) return next();
      why = error;
      // The reader is gone.
      state = error.code === 'EPIPE' ? 'unread' : 'paused';
      if (state === 'paused') setTimeout(next, error.code === 'EAGAIN' ? PAUSE.busy : PAUSE.failed).unref();
      else for (const { reject } of [...leaving.splice(0), ...waiting.splice(0)]) reject(error);
    });
  };

  /** Writes what waits, but for what another thread is writing. Nothing, if the reader hangs: a process that ends would hang, too. */
  const flushSync = (): void => {
    const isWriting = state === 'writing';
    if (state === 'unread' || (isWriting && performance.now() - since > HANGS)) return;
    try {
      for (let left = isWriting ? take() : (begun ?? take()); left !== undefined; ) {
        left = restOf(left, writeSync(fd, left)) ?? take();
        if (!isWriting) begun = left;
      }
    } catch (error) {
      why = error;
    }
  };
  process.on('exit', flushSync);

  const hasRoom = (line: string): boolean => length + line.length <= most;

  const add = (line: string): void => {
    lines.push(line);
    length += line.length;
    if (state === 'idle') next();
  };

  return {
    write: (line: string): void => {
      if (state === 'unread') return;
      if (hasRoom(line)) add(line);
      else lost += 1;
    },
    /** Resolves when the line is written, whole and between two others. @throws Error it will not be written */
    print: async (line: string): Promise<void> => {
      if (state === 'unread') throw why;
      if (!hasRoom(line)) throw new Error('too many lines wait before it');
      const written = Promise.withResolvers<void>();
      waiting.push(written);
      add(line);
      await written.promise;
    },
    flushSync,
  };
};

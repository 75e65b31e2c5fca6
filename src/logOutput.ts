// Where the lines of the log go. Whatever becomes of it, a disk without room or a reader that hangs, the server goes on: pino's own
// output waits for ever when it must write at once, and keeps what waits without a bound.

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

/** What pino takes for an output. It writes what waits when the process exits. */
export const createLogOutput = ({ fd = 1, most = MOST }: Options = {}) => {
  let [lines, length, lost] = [[] as string[], 0, 0];
  let why: unknown;
  /** What is being written, or is left of it. */
  let begun: Buffer | undefined;
  let state: 'idle' | 'writing' | 'paused' | 'unread' = 'idle';
  /** When the present write began, in `performance.now()`. */
  let since = 0;

  const linesOfLoss = (): readonly string[] => {
    const facts = { level: 50, time: Date.now(), lost, reason: describeCause(why), msg: 'lines of the log are lost' };
    return lost === 0 ? [] : [`${JSON.stringify(facts)}\n`];
  };

  const take = (): Buffer | undefined => {
    const text = [...lines, ...linesOfLoss()].join('');
    [lines, length, lost] = [[], 0, 0];
    return text === '' ? undefined : Buffer.from(text);
  };

  const restOf = (buffer: Buffer, written: number): Buffer | undefined =>
    written < buffer.length ? buffer.subarray(written) : undefined;

  const next = (): void => {
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

  return {
    write: (line: string): void => {
      if (state === 'unread') return;
      if (length + line.length > most) {
        lost += 1;
        return;
      }
      lines.push(line);
      length += line.length;
      if (state === 'idle') next();
    },
    flushSync,
  };
};

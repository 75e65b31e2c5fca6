// One server process on a data folder of its own, which can be killed and started again, and what lies in that folder.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorded } from '../../src/store/ports.ts';
import { type Ran, startServer } from './cli.ts';
import { recordedIn } from './log.ts';
import { askingOf } from './program.ts';
import { runVerbHere } from './runVerbHere.ts';
import { viewsDump } from './viewsDump.ts';

export interface EmbeddedSite {
  /** Where the server is at present. */
  readonly url: string;
  readonly child: ChildProcess;
  readonly dataDir: string;
  /** Lines of its log, of every start. */
  readonly lines: readonly string[];
  /**
   * `around`: a command that the server is started by, for instance strace.
   * @returns milliseconds from the start to being ready. @throws Error it ended before it listened
   */
  start(around?: readonly string[]): Promise<number>;
  /** Resolves with the exit code once the process is gone. */
  gone(): Promise<number | null>;
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Everything recorded, read from the folder itself. */
  log(): Promise<readonly Recorded[]>;
  /** Resolves once the views have taken what was recorded so far. */
  settled(): Promise<void>;
  viewsDump(): Record<string, unknown[]>;
  /** Builds the views from the first event; the server must not run. */
  rebuild(): Promise<Ran>;
}

/** Milliseconds between two questions, so that the answers do not take the time of what is waited for. */
const AGAIN = 10;

export const embeddedSite = (dataDir: string, settings: Readonly<Record<string, string>> = {}): EmbeddedSite => {
  const env = { DATA_DIR: dataDir, ...settings };
  const lines: string[] = [];
  let running: { url: string; child: ChildProcess } | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  const server = () => {
    if (!running) throw new Error('the server was not started');
    return running;
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    server().child.kill(signal);
    return ended;
  };
  const isReady = async (): Promise<boolean> => (await askingOf(server().url).call('GET', '/readyz')).status === 200;

  return {
    dataDir,
    lines,
    get url() {
      return server().url;
    },
    get child() {
      return server().child;
    },
    start: async (around = []) => {
      const began = performance.now();
      const starting = startServer(env, around, (child) => {
        ended = once(child, 'close').then(([code]) => code as number | null);
        for (const stream of [child.stdout!, child.stderr!])
          createInterface(stream).on('line', (line) => void lines.push(line));
      });
      running = await starting;
      while (!(await isReady())) await delay(AGAIN);
      return performance.now() - began;
    },
    gone: () => ended,
    kill: async () => {
      if (running) await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    log: () => recordedIn({ DATA_DIR: dataDir }),
    settled: async () => {
      for (;;) {
        const { json } = await askingOf(server().url).call('GET', '/readyz');
        if (json.lag === 0) return;
        await delay(AGAIN);
      }
    },
    viewsDump: () => viewsDump(dataDir),
    rebuild: () => runVerbHere(['rebuild'], env),
  };
};

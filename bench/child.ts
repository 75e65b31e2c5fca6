// Child processes of a bench: started on their core, waited for, stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Child {
  readonly process: ChildProcess;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** The first line of its output that `pattern` matches. @throws Error it ended, or was silent for too long. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks over the channel between the processes. @throws Error no answer in time. */
  ask<Answer>(question: object): Promise<Answer>;
  /** What it wrote on its output until its good end. @throws Error it ended otherwise, or not within hours. */
  output(): Promise<string>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** What to put before the command: see `cores.ts`. */
  readonly on: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const WAIT = 120_000;
/** Until the end of its work: an import of a large corpus takes long. */
const WORK = 2 * 60 * 60_000;
const STOP = 10_000;

const within = async <T>(wait: number, work: Promise<T>, what: string): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: nothing came within ${wait / 1000} s`)), wait);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Runs this Node with `args`. */
export const startChild = (args: readonly string[], { on, env = {} }: ChildOptions): Child => {
  const [command, ...rest] = [...on, process.execPath, ...args];
  const startedAt = performance.now();
  const child = spawn(command!, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const what = args.join(' ');
  const lines: string[] = [];
  let said = '';
  const watchers = new Set<() => void>();
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const look = (): void => {
    for (const watcher of watchers) watcher();
  };
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    look();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  child.on('close', look);
  child.on('error', look);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;

  return {
    process: child,
    startedAt,
    line: async (pattern) => {
      const found = Promise.withResolvers<RegExpExecArray>();
      const watch = (): void => {
        for (const line of lines) {
          const match = pattern.exec(line);
          if (match) found.resolve(match);
        }
        if (isOver()) found.reject(new Error(`${what} ended: ${said}`));
      };
      watchers.add(watch);
      watch();
      try {
        return await within(WAIT, found.promise, what);
      } finally {
        watchers.delete(watch);
      }
    },
    ask: async (question) => {
      const answer = once(child, 'message');
      child.send(question);
      const ended = exited.then(() => Promise.reject(new Error(`${what} ended: ${said}`)));
      const [message] = await within(WAIT, Promise.race([answer, ended]), what);
      return message;
    },
    output: async () => {
      if (!isOver()) await within(WORK, once(child, 'close'), what);
      if (child.exitCode !== 0) throw new Error(`${what} ended with ${child.exitCode ?? child.signalCode}: ${said}`);
      return lines.join('\n');
    },
    stop: async () => {
      if (isOver()) return;
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), STOP);
      await exited;
      clearTimeout(forced);
    },
  };
};

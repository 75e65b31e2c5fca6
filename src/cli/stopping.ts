// What asks a serving process to stop: a signal, or that the process which started it is gone.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Ctrl-C reaches every process of the terminal's group, and npm and `bin/verbatim.js` pass on what they get. Signals so
 * close together, in milliseconds, are one request.
 */
const COPIES = 250;
/** Milliseconds that an exit may take. */
const EXIT = 500;
/** Milliseconds between two looks for the processes that started this one. */
const LOOK = 250;

/** Resolves at the first request, with what it was. A second one ends the process at once. */
export const stopAsked = (env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = (why: string, code: number): void => {
      const now = performance.now();
      askedAt ??= now;
      resolve(why);
      if (now - askedAt > COPIES) exitNow(code);
    };
    // Handlers stay: without one a second signal would end the process in the middle of its farewells.
    process.on('SIGTERM', () => ask('SIGTERM', 128 + 15));
    process.on('SIGINT', () => ask('SIGINT', 128 + 2));
    whenOrphaned(env, () => resolve('the process that started it is gone'));
  });

/**
 * Ends the process whatever its threads do. An exit waits for each of them, and one may hang in a file system that no
 * longer answers; another process then kills this one.
 */
export const exitNow = (code: number): never => {
  const kill = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${EXIT})`;
  const killer = spawn(process.execPath, ['-e', kill], { stdio: 'ignore', detached: true });
  killer.on('error', () => undefined);
  killer.unref();
  process.exit(code);
};

/**
 * Calls `then` when `bin/verbatim.js` on an older Node, or npm, is gone without a word: a server that nobody sees would
 * keep port and data directory. Whoever else starts a server may leave it alone.
 */
const whenOrphaned = (env: NodeJS.ProcessEnv, then: () => void): void => {
  process.once('disconnect', then);
  // The channel is there to be closed; it must not keep the process alive.
  process.channel?.unref();
  if (!/\bverbatim\b/.test(env.npm_lifecycle_script ?? '')) return;
  const parent = process.ppid;
  // Between npm and this process there is a shell, unless it replaced itself. It waits for this process, whatever
  // happens to npm; killed itself, it leaves this process to another parent.
  const starters = [parent, parentOf(parent)].filter((pid) => pid > 1);
  const looking = setInterval(() => {
    if (process.ppid === parent && starters.every(isThere)) return;
    clearInterval(looking);
    then();
  }, LOOK).unref();
};

/** 0: this system does not say. */
const parentOf = (pid: number): number => {
  try {
    // After the name of the program, which may contain anything: its state, and its parent.
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

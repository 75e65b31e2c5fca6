// Why the server stops: a signal, the end of the process that started it, or an exception that nothing caught.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';

/** Milliseconds in which signals count as one: the terminal, npm and `bin/verbatim.js` may each send the same one. */
const COPIES = 250;
/** Milliseconds that `exit` may take. */
const EXIT = 500;
/** Milliseconds between two checks of the parent processes. */
const LOOK = 250;
/** Exit code after an uncaught exception. */
export const IN_DOUBT = 70;

/** Resolves at the first request, with its name. A second request ends the process at once. */
export const stopAsked = (env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = (why: string, code: number): void => {
      const now = performance.now();
      askedAt ??= now;
      resolve(why);
      if (now - askedAt > COPIES) exitNow(code);
    };
    // Keep the handlers: without them a second signal would end the process before it has logged why.
    process.on('SIGTERM', () => ask('SIGTERM', 128 + 15));
    process.on('SIGINT', () => ask('SIGINT', 128 + 2));
    whenOrphaned(env, () => resolve('the process that started it is gone'));
  });

/** Ends the process even if a thread hangs: `exit` waits for every thread, so another process kills this one in the end. */
export const exitNow = (code: number): never => {
  const kill = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${EXIT})`;
  const killer = spawn(process.execPath, ['-e', kill], { stdio: 'ignore', detached: true });
  killer.on('error', () => undefined);
  killer.unref();
  process.exit(code);
};

/**
 * Calls `then` when npm or `bin/verbatim.js` has died: else an invisible server would keep the port and the data directory.
 * Other parents may leave a server running.
 */
const whenOrphaned = (env: NodeJS.ProcessEnv, then: () => void): void => {
  process.once('disconnect', then);
  // Only the end of the channel matters; it must not keep the process alive.
  process.channel?.unref();
  if (!/\bverbatim\b/.test(env.npm_lifecycle_script ?? '')) return;
  const parent = process.ppid;
  // A shell may stand between npm and this process. It waits for this process even when npm has died.
  const starters = [parent, parentOf(parent)].filter((pid) => pid > 1);
  const looking = setInterval(() => {
    if (process.ppid === parent && starters.every(isThere)) return;
    clearInterval(looking);
    then();
  }, LOOK).unref();
};

/** 0: unknown. */
const parentOf = (pid: number): number => {
  try {
    // State and parent follow the program's name, which may contain any character.
    return Number(/^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The name, message and stack alone: libraries may attach secrets to their errors. */
const reportOf = (thrown: unknown): Record<string, unknown> => {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { name, message, stack } = thrown;
  return { name, code: 'code' in thrown ? thrown.code : undefined, message, stack };
};

/**
 * The last safety net. Resolves at the first exception that nothing caught: the state of the process is in doubt, and all
 * that it acknowledged is on disk. No client should be able to cause this. The process exits with `IN_DOUBT` after
 * `deadline` milliseconds, closed or not.
 */
export const untilInDoubt = (log: Logger, deadline = 10_000): Promise<void> =>
  new Promise((resolve) => {
    let isKnown = false;
    // Unhandled rejections arrive here too.
    process.on('uncaughtException', (thrown) => {
      if (isKnown) return;
      isKnown = true;
      log.fatal({ err: reportOf(thrown) }, 'uncaught error: the server stops');
      process.once('exit', () => {
        process.exitCode = IN_DOUBT;
      });
      setTimeout(() => process.exit(), deadline).unref();
      resolve();
    });
  });

// The last safety net: an exception that nobody caught. The state of the process is in doubt, so it says why and stops;
// everything it acknowledged is on disk. No client should be able to cause this.

import type { Logger } from 'pino';

/** Exit code after an uncaught exception. */
export const IN_DOUBT = 70;

/** Only the name, message and stack of the first error: libraries may attach secrets to theirs. */
const reportOf = (thrown: unknown): Record<string, unknown> => {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { name, message, stack } = thrown;
  return { name, code: 'code' in thrown ? thrown.code : undefined, message, stack };
};

/**
 * Resolves when the process must stop. After `deadline` milliseconds the process exits with `IN_DOUBT`, closed or not.
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

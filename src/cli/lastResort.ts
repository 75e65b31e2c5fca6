// The last safety net: something was thrown that nobody caught. What this process knows is in doubt then, so it says why
// and stops; what it answered is on disk. No client should be able to get here.

import type { Logger } from 'pino';

/** Exit code of a process that stopped because its state was in doubt. */
export const IN_DOUBT = 70;

/** The first error alone, and nothing of it but what says where to look: what libraries add to theirs may be secret. */
const reportOf = (thrown: unknown): Record<string, unknown> => {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { name, message, stack } = thrown;
  return { name, code: 'code' in thrown ? thrown.code : undefined, message, stack };
};

/** Resolves once the process must stop; after `deadline` milliseconds it ends, closed or not, with `IN_DOUBT`. */
export const untilInDoubt = (log: Logger, deadline = 10_000): Promise<void> =>
  new Promise((resolve) => {
    let isKnown = false;
    // Rejections that nobody handles come here too.
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

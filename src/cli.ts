// The command line: `verbatim <verb>`.

import { backup } from './cli/backup.ts';
import { copy } from './cli/copy.ts';
import { history } from './cli/history.ts';
import { importIrc } from './cli/importIrc.ts';
import { promote } from './cli/promote.ts';
import { rebuildViews } from './cli/rebuildViews.ts';
import { reinstate } from './cli/reinstate.ts';
import { restore } from './cli/restore.ts';
import { serve } from './cli/serve.ts';
import type { Verb } from './cli/verb.ts';
import { describeCause, isFailedSync } from './store/cause.ts';

export const verbs: Readonly<Record<string, Verb>> = {
  serve,
  promote,
  reinstate,
  history,
  rebuild: rebuildViews,
  import: importIrc,
  copy,
  backup,
  restore,
};

const help = (): string => {
  const width = Math.max(...Object.values(verbs).map(({ usage }) => usage.length));
  const lines = Object.values(verbs).map(({ usage, says }) => `  verbatim ${usage.padEnd(width)}  ${says}`);
  return `Usage:\n${lines.join('\n')}\n\nSettings are read from the environment: see docs/operations.md.`;
};

/** `EX_IOERR` of `sysexits.h`. */
const DISK_FAILED = 74;

/** Exits at once: closing the stores would write to a disk that can no longer be trusted. */
const endFor = (failedSync: unknown): never => {
  console.error(
    `The disk did not keep what was written (${describeCause(failedSync)}). Nothing was acknowledged after that. ` +
      'The process ends: only a new start can tell what the disk kept. Repair the disk, then start again.',
  );
  process.exit(DISK_FAILED);
};

export const main = async (args: readonly string[]): Promise<void> => {
  const [name = '', ...rest] = args;
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    console.log(help());
    process.exitCode = name === '' ? 2 : 0;
    return;
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) {
    console.error(`verbatim: there is no verb '${name}'\n\n${help()}`);
    process.exitCode = 2;
    return;
  }
  try {
    await verb.run(rest);
  } catch (error) {
    console.error(`verbatim ${name}: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env.LOG_LEVEL === 'debug') console.error(error);
    if (isFailedSync(error)) endFor(error);
    process.exitCode = 1;
  }
};

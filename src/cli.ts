// The command line: `verbatim <verb>`.

import { copy } from './cli/copy.ts';
import { history } from './cli/history.ts';
import { importIrc } from './cli/importIrc.ts';
import { promote } from './cli/promote.ts';
import { rebuildViews } from './cli/rebuildViews.ts';
import { serve } from './cli/serve.ts';
import type { Verb } from './cli/verb.ts';

export const verbs: Readonly<Record<string, Verb>> = {
  serve,
  promote,
  history,
  rebuild: rebuildViews,
  import: importIrc,
  copy,
};

const help = (): string => {
  const width = Math.max(...Object.values(verbs).map(({ usage }) => usage.length));
  const lines = Object.values(verbs).map(({ usage, says }) => `  verbatim ${usage.padEnd(width)}  ${says}`);
  return `Usage:\n${lines.join('\n')}\n\nSettings are read from the environment: see docs/operations.md.`;
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
    process.exitCode = 1;
  }
};

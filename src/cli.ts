// The command line: `verbatim <verb>`.

import { createRequire } from 'node:module';
import { Argument, Command, CommanderError } from 'commander';
import { acceptLog } from './cli/acceptLog.ts';
import { backup } from './cli/backup.ts';
import { copy } from './cli/copy.ts';
import { doctor } from './cli/doctor.ts';
import { erase } from './cli/erase.ts';
import { exportLog } from './cli/exportLog.ts';
import { history } from './cli/history.ts';
import { importAny } from './cli/importAny.ts';
import { promote } from './cli/promote.ts';
import { rebuildViews } from './cli/rebuildViews.ts';
import { reinstate } from './cli/reinstate.ts';
import { resetPassword } from './cli/resetPassword.ts';
import { restore } from './cli/restore.ts';
import { schema } from './cli/schema.ts';
import { seal } from './cli/seal.ts';
import { serve } from './cli/serve.ts';
import type { Verb } from './cli/verb.ts';
import { verify } from './cli/verify.ts';
import { visibleLines } from './cli/visible.ts';
import { inWords } from './inWords.ts';
import { describeCause, isFailedSync } from './store/cause.ts';

export const verbs: Readonly<Record<string, Verb>> = {
  serve,
  promote,
  'reset-password': resetPassword,
  reinstate,
  erase,
  history,
  rebuild: rebuildViews,
  doctor,
  export: exportLog,
  import: importAny,
  copy,
  backup,
  restore,
  schema,
  seal,
  verify,
  'accept-log': acceptLog,
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

/** As of the shell's own commands. */
const MISUSED = 2;

const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

/** Refuses an option with a value that is given twice. Commander takes the last value and says nothing of the others. */
const takeValuesOnce = (command: Command): void => {
  for (const option of command.options.filter(({ required }) => required)) {
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`error: option '${option.flags}' is given twice`);
      isGiven = true;
    });
  }
  command.commands.forEach(takeValuesOnce);
};

const programOf = (verbs: Readonly<Record<string, Verb>>): Command => {
  const program = new Command('verbatim')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .addHelpText('after', '\nSettings, such as PORT, are read from the environment: see docs/operations.md.')
    .configureOutput({
      writeOut: (text) => console.log(text.trimEnd()),
      writeErr: (text) => console.error(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'verbatim: ')),
    })
    .showHelpAfterError(
      'See `verbatim --help`, or `verbatim help <verb>`. Settings, such as PORT, are read from the environment.',
    )
    .exitOverride();
  for (const [name, declare] of Object.entries(verbs)) declare(program.command(name).copyInheritedSettings(program));
  takeValuesOnce(program);
  // Commander's own prints the help of everything for a verb that it does not know.
  program
    .command('help')
    .copyInheritedSettings(program)
    .description('print the help of a verb')
    .addArgument(new Argument('[verb]', 'one of them').choices(Object.keys(verbs)))
    .action((verb?: string) => (program.commands.find((each) => each.name() === verb) ?? program).help());
  return program;
};

/** The reader of the output, such as `head`, has seen enough, or the disk of the output is full: the work goes on. */
const onUnwritten = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') return;
  process.exitCode = 1;
  console.error(`verbatim: standard output cannot be written: ${describeCause(error)}`);
};
/** There is nowhere to say so. */
const onUntold = (): void => undefined;

export const main = async (args: readonly string[]): Promise<void> => {
  process.stdout.off('error', onUnwritten).on('error', onUnwritten);
  process.stderr.off('error', onUntold).on('error', onUntold);
  try {
    await programOf(verbs).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed the help that was asked for, or what is wrong.
      process.exitCode = error.exitCode === 0 ? 0 : MISUSED;
      return;
    }
    console.error(visibleLines(`verbatim ${args[0]}: ${inWords(error)}`));
    if (process.env.LOG_LEVEL === 'debug') console.error(error);
    if (isFailedSync(error)) endFor(error);
    process.exitCode = 1;
  }
};

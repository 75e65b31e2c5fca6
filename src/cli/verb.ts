// The shape of a verb of the command line.

import type { Command } from 'commander';

/** An error that the operator can mend: printed as one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options without which the verb has nothing to do. Commander's own check comes before that for misspelt ones, and hides it. */
export const mustHave = (command: Command, ...names: readonly string[]): void => {
  const missing = command.options.find(
    (option) => names.includes(option.attributeName()) && command.getOptionValue(option.attributeName()) === undefined,
  );
  if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
};

/** Declares what the verb takes and says in its help, and what it does. */
export type Verb = (command: Command) => Command;

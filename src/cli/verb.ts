// The shape of a verb of the command line.

import type { Command } from 'commander';

/** An error that the operator can mend: printed as one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Declares what the verb takes and says in its help, and what it does. */
export type Verb = (command: Command) => Command;

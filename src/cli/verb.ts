// The shape of a verb of the command line.

/** An error that the operator can mend: printed as one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Verb {
  readonly usage: string;
  readonly says: string;
  run(args: readonly string[]): Promise<void>;
}

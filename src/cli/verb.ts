// What a verb of the command line is.

/** What went wrong is the operator's to mend: said in one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Verb {
  readonly usage: string;
  readonly says: string;
  run(args: readonly string[]): Promise<void>;
}

// Reads a whole log at once, as an import reads it line by line.

import { LINE_ENDS } from '../../src/cli/irc/linesOf.ts';
import { decided, logReader, nickIn, type Skipped } from '../../src/cli/irc/readLog.ts';
import type { ImportedLine } from '../../src/commands/importedMessages.ts';

interface ReadLog {
  readonly lines: readonly ImportedLine[];
  /** Every other line, but empty ones and those about the log itself. */
  readonly skipped: readonly Skipped[];
}

export const readIrcLog = (text: string, ...of: Parameters<typeof logReader>): ReadLog => {
  const read = logReader(...of);
  const all = text.split(LINE_ENDS).flatMap((raw, i) => read(raw, i + 1) ?? []);
  const nicks = new Set(all.flatMap((one) => nickIn(one) ?? []));
  const reads = all.map((one) => decided(one, nicks));
  return {
    lines: reads.flatMap(({ recorded }) => recorded ?? []),
    skipped: reads.flatMap(({ skipped }) => skipped ?? []),
  };
};

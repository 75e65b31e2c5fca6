// The lines of logs that a test has in memory, as an import takes them: in the order of their times.

import { type ImportedLine, type LineOfLog, numbered, placing } from '../../src/commands/importedMessages.ts';

export interface TestLog {
  readonly source: string;
  readonly lines: readonly ImportedLine[];
}

export const logLines = (...logs: readonly TestLog[]): readonly LineOfLog[] => {
  const placed = logs.flatMap(({ source, lines }, from) => lines.map(placing(from, source)));
  return [...numbered(placed.toSorted((a, b) => a.time - b.time))];
};

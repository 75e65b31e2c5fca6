// Counts the lines of logs that were not recorded, by their reasons, and keeps the first of each to be shown.

import { counted } from '../../counted.ts';
import { beginning } from '../../domain/texts.ts';
import { visible } from '../visible.ts';
import { type Reason, reasons } from './bodies.ts';

/** Lines that are shown of each reason, and characters of each. */
const SHOWN = { lines: 3, characters: 200 } as const;

interface UnrecordedLine {
  /** The name of the file. */
  readonly source: string;
  readonly line: number;
  readonly reason: Reason;
  readonly text: string;
}

export type Unrecorded = ReturnType<typeof createUnrecorded>;

export const createUnrecorded = () => {
  const found = new Map<Reason, { count: number; readonly first: string[] }>();
  return {
    add: ({ source, line, reason, text }: UnrecordedLine): void => {
      const of = found.get(reason) ?? { count: 0, first: [] };
      found.set(reason, of);
      of.count += 1;
      if (of.first.length < SHOWN.lines)
        of.first.push(visible(`${source}:${line}: ${beginning(text, SHOWN.characters)}`));
    },
    /** Says what was not recorded: each reason with its number of lines and the first of them. */
    report: (): void => {
      for (const [reason, { count, first }] of found) {
        console.log(`Not recorded: ${counted(count, 'line')} (${reasons[reason]})`);
        for (const line of first) console.log(`  ${line}`);
      }
    },
  };
};

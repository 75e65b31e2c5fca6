// The known places of an embedded installation: a file with a mark on each line, the latest last.

import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KNOWN_PLACES, type KnownPlaces } from '../ports.ts';
import { writeDurably } from './durable.ts';

/** A line that a crash cut is none. */
const isMark = (line: string): boolean => /^[\w-]{11}$/.test(line);

export const openKnownPlaces = (dataDir: string): KnownPlaces & { close(): Promise<void> } => {
  const path = join(dataDir, 'known-places');
  let added = 0;
  let writing: Promise<void> = Promise.resolve();
  return {
    read: async () => {
      const marks = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(isMark);
      const latest = marks.slice(-KNOWN_PLACES);
      if (marks.length > latest.length) await writeDurably(path, latest.join('\n'));
      return latest;
    },
    add: (mark) => {
      added += 1;
      if (added > KNOWN_PLACES) return;
      // Whoever is told once more of a known address has lost nothing, so a full disk is no matter.
      writing = writing.then(() => appendFile(path, `\n${mark}`, { mode: 0o600 })).catch(() => undefined);
    },
    close: () => writing,
  };
};

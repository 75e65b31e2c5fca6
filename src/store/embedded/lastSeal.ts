// The last seal of the log, in a file of the data directory.

import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LastSeal } from '../ports.ts';
import { syncFolder, writeDurably } from './durable.ts';

export const openLastSeal = (dataDir: string): LastSeal => {
  const path = join(dataDir, 'last-seal.json');
  return {
    read: () =>
      readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return undefined;
      }),
    async keep(text) {
      if (text !== null) return writeDurably(path, text);
      await rm(path, { force: true });
      await syncFolder(dirname(path));
    },
  };
};

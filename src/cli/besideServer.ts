// Carries out a command of a verb, whether a server runs or not.

import { setTimeout as delay } from 'node:timers/promises';
import type { Core } from '../commands/core.ts';
import { readConfig } from '../config.ts';
import { DataDirTaken } from '../store/embedded/dataDir.ts';
import { usesDataDir } from '../stores.ts';
import { askServer } from '../verbChannel.ts';
import { mustHaveLog } from './backupSource.ts';
import { offline } from './offline.ts';

/** Milliseconds that a server may take to start or to stop, or another verb to end; and between two looks. */
const PATIENCE = 10_000;
const LOOK = 250;

/**
 * A data directory belongs to one process: if a server has it, `ask` has the answer of that one. Else `here` does the work. A
 * server that starts or stops has the directory and answers nobody: this waits for it. @throws DataDirTaken
 */
export const askOrDo = async <T>(
  ask: () => Promise<{ readonly done: unknown } | undefined>,
  here: () => Promise<T>,
): Promise<T> => {
  for (const until = performance.now() + PATIENCE; ; await delay(LOOK)) {
    const answer = await ask();
    if (answer !== undefined) return answer.done as T;
    try {
      return await here();
    } catch (error) {
      if (!(error instanceof DataDirTaken) || performance.now() > until) throw error;
    }
  }
};

/** Has the server that has the data directory carry out a verb. Without one, `here` does it. */
export const besideServer = async <T>(
  verb: string,
  args: readonly string[],
  here: (core: Core) => Promise<T>,
  config = readConfig(process.env),
): Promise<T> => {
  await mustHaveLog(config);
  return askOrDo(
    async () => (usesDataDir(config) ? askServer(config.DATA_DIR, verb, args) : undefined),
    () => offline(({ core }) => here(core), { config }),
  );
};

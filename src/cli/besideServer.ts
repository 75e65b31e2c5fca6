// Carries out a command of a verb, whether a server runs or not.

import type { Core } from '../commands/core.ts';
import { readConfig } from '../config.ts';
import { usesDataDir } from '../stores.ts';
import { askServer } from '../verbChannel.ts';
import { mustHaveLog } from './backupSource.ts';
import { offline } from './offline.ts';
import { whenFree } from './whenFree.ts';

/**
 * A data directory belongs to one process: if a server has it, `ask` has the answer of that one. Else `here` does the work. A
 * server that starts or stops has the directory and answers nobody: this waits for it. @throws DataDirTaken
 */
export const askOrDo = async <T>(
  ask: () => Promise<{ readonly done: unknown } | undefined>,
  here: () => Promise<T>,
): Promise<T> =>
  whenFree(async () => {
    const answer = await ask();
    return answer === undefined ? here() : (answer.done as T);
  });

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

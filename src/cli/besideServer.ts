// Carries out a command of a verb, whether a server runs or not.

import type { Core } from '../commands/core.ts';
import { readConfig } from '../config.ts';
import { usesDataDir } from '../stores.ts';
import { askServer } from '../verbChannel.ts';
import { mustHaveLog } from './backupSource.ts';
import { offline } from './offline.ts';

/** A data directory belongs to one process: if a server has it, that one is asked. Else `here` does it. */
export const besideServer = async <T>(
  verb: string,
  args: readonly string[],
  here: (core: Core) => Promise<T>,
  config = readConfig(process.env),
): Promise<T> => {
  await mustHaveLog(config);
  const answer = usesDataDir(config) ? await askServer(config.DATA_DIR, verb, args) : undefined;
  return answer === undefined ? offline(({ core }) => here(core), { config }) : (answer.done as T);
};

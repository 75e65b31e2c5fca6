// verbatim accept-log: takes the log as it is, although it does not fit its last seal, so that servers start on it again.

import { closeAfter } from '../closing.ts';
import { acceptLog as accept } from '../commands/acceptLog.ts';
import { readConfig } from '../config.ts';
import { openStores } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';
import type { Verb } from './verb.ts';

const run = async (): Promise<void> => {
  const config = readConfig(process.env);
  await mustHaveLog(config);
  const why = await closeAfter(await openStores(config), (stores) =>
    accept({ ...stores, now: () => new Date(), newId: () => crypto.randomUUID() }),
  );
  console.log(
    why === undefined
      ? 'The log fits its last seal: there is nothing to accept.'
      : `Accepted, and recorded in the log, although ${why}. Seals that were kept elsewhere still tell that the log was changed.`,
  );
};

export const acceptLog: Verb = (command) =>
  command.description('take the log as it is, although it does not fit its last seal').action(run);

// verbatim copy: copies the whole history from one pair of stores to another.

import type { Command } from 'commander';
import { closeAfter } from '../closing.ts';
import { copyHistory } from '../commands/copyHistory.ts';
import { type Config, readConfig } from '../config.ts';
import { rebuild } from '../projections/rebuild.ts';
import { openStores, type Stores } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';
import { progressBar } from './progressBar.ts';
import { mustHave, UsageError, type Verb } from './verb.ts';

const STORES =
  'a data directory, or the addresses of EventStoreDB and MongoDB, separated by a comma; and ' +
  'prefix=<EVENTSTORE_PREFIX>, if there is one';

const PREFIX = 'prefix=';

/** The stores that the operator names. Copying needs no server secret. */
const placeNamed = (named: string): Config => {
  const parts = named.split(',').map((part) => part.trim());
  const EVENTSTORE_URL = parts.find((part) => /^esdb(\+discover)?:/.test(part));
  const MONGODB_URL = parts.find((part) => /^mongodb(\+srv)?:/.test(part));
  const prefix = parts.find((part) => part.startsWith(PREFIX));
  const DATA_DIR = parts.find((part) => ![EVENTSTORE_URL, MONGODB_URL, prefix].includes(part));
  if (DATA_DIR === undefined && (EVENTSTORE_URL === undefined || MONGODB_URL === undefined))
    throw new UsageError(`${named} does not say where events and files are: name ${STORES}`);
  return readConfig({
    EVENTSTORE_URL,
    EVENTSTORE_PREFIX: prefix?.slice(PREFIX.length),
    MONGODB_URL,
    DATA_DIR,
    AUTH_SECRET: 'nobody signs in with this: it is not used',
  });
};

const copyAll = async (from: Stores, to: Stores): Promise<void> => {
  const total = await from.events.head();
  const bar = progressBar('copy', total);
  const newId = () => crypto.randomUUID();
  const { events, files, present } = await copyHistory(from, to, newId, ({ position }, copied) =>
    bar.update(position, copied),
  );
  bar.finish(total);
  const views = progressBar('rebuild', await to.events.head());
  views.finish(await rebuild(to.events, to.views, views.update));
  console.log(`Copied ${events} events and ${files} files; the target already had ${present} events`);
};

export const copy: Verb = (command) =>
  command
    .description('copy the whole history to empty stores')
    .option('--from <stores>', STORES)
    .option('--to <stores>', 'the same, of the copy')
    .action(async ({ from, to }: { from: string; to: string }, verb: Command) => {
      mustHave(verb, 'from', 'to');
      const [source, target] = [placeNamed(from), placeNamed(to)];
      await mustHaveLog(source);
      await closeAfter(await openStores(source), async (opened) =>
        closeAfter(await openStores(target), (empty) => copyAll(opened, empty)),
      );
    });

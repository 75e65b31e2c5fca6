// verbatim copy: copies the whole history from one pair of stores to another.

import { parseArgs } from 'node:util';
import { copyHistory } from '../commands/copyHistory.ts';
import { readConfig } from '../config.ts';
import { rebuild } from '../projections/rebuild.ts';
import { openStores, type Stores } from '../stores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

const usage =
  'usage: verbatim copy --from <stores> --to <stores>, where <stores> is a data directory, or the addresses of ' +
  'EventStoreDB and MongoDB, separated by a comma';

/** The stores that the operator names. Copying needs no server secret. */
const openNamed = async (named: string): Promise<Stores> => {
  const parts = named.split(',').map((part) => part.trim());
  const EVENTSTORE_URL = parts.find((part) => /^esdb(\+discover)?:/.test(part));
  const MONGODB_URL = parts.find((part) => /^mongodb(\+srv)?:/.test(part));
  const DATA_DIR = parts.find((part) => part !== EVENTSTORE_URL && part !== MONGODB_URL);
  if (DATA_DIR === undefined && (EVENTSTORE_URL === undefined || MONGODB_URL === undefined))
    throw new UsageError(
      `${named} does not say where events and files are: name both servers, or a data directory. ${usage}`,
    );
  return openStores(
    readConfig({ EVENTSTORE_URL, MONGODB_URL, DATA_DIR, AUTH_SECRET: 'nobody signs in with this: it is not used' }),
  );
};

export const copy: Verb = {
  usage: 'copy --from <stores> --to <stores>',
  says: 'copy the whole history to empty stores: a data directory, or esdb://…,mongodb://…',
  run: async (args) => {
    const { values } = parseArgs({ args: [...args], options: { from: { type: 'string' }, to: { type: 'string' } } });
    if (values.from === undefined || values.to === undefined) throw new UsageError(usage);
    const from = await openNamed(values.from);
    try {
      const to = await openNamed(values.to);
      try {
        const total = await from.events.head();
        const bar = progressBar('copy', total);
        const copied = await copyHistory(
          from,
          to,
          () => crypto.randomUUID(),
          ({ position }) => bar.update(position),
        );
        bar.finish(total);
        const views = progressBar('rebuild', await to.events.head());
        views.finish(await rebuild(to.events, to.views, views.update));
        console.log(
          `Copied ${copied.events} events and ${copied.files} files; the target already had ${copied.present} events`,
        );
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
  },
};

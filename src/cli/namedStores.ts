// Stores that the operator names on the command line.

import { type Config, readConfig } from '../config.ts';
import { UsageError } from './verb.ts';

export const STORES =
  'a data directory, or the addresses of EventStoreDB and MongoDB, separated by a comma; and ' +
  'prefix=<EVENTSTORE_PREFIX>, if there is one';

const PREFIX = 'prefix=';

/** The stores that the operator names. Copying needs no server secret. */
export const placeNamed = (named: string): Config => {
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

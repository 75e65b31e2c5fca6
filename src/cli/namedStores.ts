// Stores that the operator names on the command line.

import { resolve } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { hasAddress } from '../settingKinds.ts';
import { UsageError } from './verb.ts';

export const STORES =
  'a data directory, or the addresses of EventStoreDB and MongoDB, separated by a comma; and ' +
  'prefix=<EVENTSTORE_PREFIX>, if there is one';

/** What begins each part. Anything else is a data directory. */
const BEGINNINGS = {
  EVENTSTORE_URL: /^esdb(?:\+discover)?:/,
  MONGODB_URL: /^mongodb(?:\+srv)?:/,
  EVENTSTORE_PREFIX: /^prefix=/,
};

/** Commas also stand between the hosts of one address, and in names of folders. */
const BETWEEN_PARTS = /,(?=\s*(?:esdb(?:\+discover)?:|mongodb(?:\+srv)?:|prefix=|[./~]))/;

/** The path of a folder that the operator names. @throws UsageError, which shows nothing of an address */
export const folderNamed = (named: string): string => {
  // A variable of the shell may have no value. The path of that is the working directory.
  if (named.trim() === '') throw new UsageError('the name of a folder is empty');
  if (hasAddress(named))
    throw new UsageError('there is an address in the place of a folder. This verb takes the name of a folder');
  return resolve(named);
};

/** The stores that the operator names. Copying needs no server secret. @throws UsageError, which shows nothing of an address */
export const placeNamed = (named: string): Config => {
  const place: { -readonly [K in keyof typeof BEGINNINGS | 'DATA_DIR']?: string } = {};
  const parts = named.split(BETWEEN_PARTS).map((part) => part.trim());
  for (const part of parts) {
    const names = Object.keys(BEGINNINGS) as (keyof typeof BEGINNINGS)[];
    const name = names.find((each) => BEGINNINGS[each].test(part)) ?? 'DATA_DIR';
    if (part === '' || place[name] !== undefined || (name === 'DATA_DIR' && hasAddress(part)))
      throw new UsageError(`the stores are not named as they must be: name ${STORES}`);
    place[name] = name === 'EVENTSTORE_PREFIX' ? part.replace(BEGINNINGS[name], '') : part;
  }
  if (place.DATA_DIR === undefined && (place.EVENTSTORE_URL === undefined || place.MONGODB_URL === undefined))
    throw new UsageError(`the stores named do not say where events and files are: name ${STORES}`);
  return readConfig({ ...place, AUTH_SECRET: 'nobody signs in with this: it is not used' });
};

// Copies the keys that events need, and which of them were destroyed: only what the events name, page by page.

import { KEY_BYTES, type KeyPlace, type KeyStore, type NewEvent } from '../store/ports.ts';
import { keyIn, placeOf } from './keyPlaces.ts';
import { partsOf, secretIn } from './secret.ts';

/** Where the keys lie that events need. */
export const placesNamed = (events: readonly Pick<NewEvent, 'data'>[]): readonly KeyPlace[] => {
  const secrets = events.map(({ data }) => secretIn(data)).filter((secret) => secret !== undefined);
  return [...new Set(secrets.flatMap((secret) => partsOf(secret).keyNames))].map(placeOf);
};

/** The blocks that have them. */
export const blocksNamed = (events: readonly Pick<NewEvent, 'data'>[]): readonly string[] => [
  ...new Set(placesNamed(events).map(({ block }) => block)),
];

/** The slots of a block whose keys were destroyed. */
const destroyedIn = (keys: Uint8Array): readonly number[] =>
  Array.from({ length: keys.length / KEY_BYTES }, (_, slot) => slot).filter((slot) => keyIn(keys, slot) === null);

/** @throws Unavailable; Error the source lacks a key that nobody destroyed */
export const copyKeys = async (
  events: readonly Pick<NewEvent, 'data'>[],
  from: Pick<KeyStore, 'get'>,
  to: Pick<KeyStore, 'add' | 'destroy'>,
): Promise<void> => {
  const blocks = blocksNamed(events);
  if (blocks.length === 0) return;
  const found = await from.get(blocks);
  const missing = blocks.find((_, i) => found[i] === undefined);
  if (missing !== undefined) throw new Error(`the store of keys lacks ${missing}, and nobody destroyed it`);
  const copies = new Map(blocks.map((block, i) => [block, found[i]!]));
  await to.add(copies);
  // An earlier copy may have had more of them.
  const destroyed = [...copies].flatMap(([block, keys]) => destroyedIn(keys).map((slot) => ({ block, slot })));
  if (destroyed.length > 0) await to.destroy(destroyed);
};

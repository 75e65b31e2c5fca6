// Copies the keys that events need, and which of them were destroyed: only what the events name, page by page.

import type { KeyStore, NewEvent } from '../store/ports.ts';
import { partsOf, secretIn } from './secret.ts';

export const keyIdsIn = (events: readonly Pick<NewEvent, 'data'>[]): readonly string[] => [
  ...new Set(
    events.flatMap(({ data }) => {
      const secret = secretIn(data);
      return secret === undefined ? [] : partsOf(secret).keyIds;
    }),
  ),
];

/** @throws Unavailable; Error the source lacks a key that nobody destroyed */
export const copyKeys = async (
  events: readonly Pick<NewEvent, 'data'>[],
  from: Pick<KeyStore, 'get'>,
  to: Pick<KeyStore, 'add' | 'destroy'>,
): Promise<void> => {
  const ids = keyIdsIn(events);
  if (ids.length === 0) return;
  const found = await from.get(ids);
  const missing = ids.find((_, i) => found[i] === undefined);
  if (missing !== undefined) throw new Error(`the store of keys lacks ${missing}, and nobody destroyed it`);
  const destroyed = ids.filter((_, i) => found[i] === null);
  if (destroyed.length > 0) await to.destroy(destroyed);
  await to.add(new Map(ids.flatMap((id, i) => (found[i] ? [[id, found[i]]] : []))));
};

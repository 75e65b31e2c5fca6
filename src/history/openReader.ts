// Reads a log and opens its private parts, unless the keys were destroyed.

import type { EventReader, History, KeyStore, MarkedReader, OpenReader, Recorded } from '../store/ports.ts';
import { combined, decrypt } from './cipher.ts';
import { type FindKeys, type Key, keyFinder } from './keyPlaces.ts';
import { createMarks } from './marks.ts';
import { partsOf, secretIn } from './secret.ts';

/** Opens private parts. @throws Unavailable; Error a key is missing that nobody destroyed */
export const openerWith =
  (find: FindKeys): History['open'] =>
  async (secrets) => {
    const parts = secrets.map(({ secret }) => partsOf(secret));
    const names = [...new Set(parts.flatMap(({ keyNames }) => keyNames))];
    const found = new Map((await find(names)).map((key, i) => [names[i]!, key]));
    const keyOf = (name: string): Key => {
      const key = found.get(name);
      if (key === undefined) throw new Error(`the store of keys lacks ${name}, and nobody destroyed it`);
      return key;
    };
    return parts.map(({ keyNames, encrypted }, i) => {
      const [one, other] = keyNames.map(keyOf);
      if (!one || other === null) return null;
      return decrypt(encrypted, other ? combined(one, other) : one, secrets[i]!.id) ?? '';
    });
  };

export const readerOn = (
  { readStream, readLog, head, close }: EventReader,
  open: History['open'],
  marks: MarkedReader['marks'],
) => {
  const openAll = async (events: readonly Recorded[]): Promise<readonly Recorded[]> => {
    const secrets = events.map(({ data }) => secretIn(data));
    const sealed = events.flatMap(({ id }, i) => (secrets[i] === undefined ? [] : [{ id, secret: secrets[i] }]));
    if (sealed.length === 0) return events;
    const parts = await open(sealed);
    let next = 0;
    return events.map((event, i) => (secrets[i] === undefined ? event : { ...event, opened: parts[next++]! }));
  };
  return {
    openAll,
    readStream: async (stream, range) => openAll(await readStream(stream, range)),
    readLog: async (position, limit) => openAll(await readLog(position, limit)),
    head,
    close,
    marks,
  } satisfies Omit<OpenReader, 'recorded'> & MarkedReader;
};

/** Reads a log and opens its private parts. `close` closes the log. */
export const openReader = (events: EventReader, keys: Pick<KeyStore, 'get'>): OpenReader & MarkedReader => ({
  ...readerOn(events, openerWith(keyFinder(keys.get)), createMarks(keys).marks),
  recorded: events,
});

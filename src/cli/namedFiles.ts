// Which files the events of a log name, and neither discard nor erase.

import type { DataOf, Event } from '../domain/events.ts';

export const namedFiles = () => {
  const stored = new Map<string, DataOf<'FileStored'>>();
  return {
    note: ({ type, data }: Event): void => {
      if (type === 'FileStored') stored.set(data.fileId, data);
      if (type === 'FileDiscarded' || type === 'FileErased') stored.delete(data.fileId);
    },
    /** Those that can be read: their keys were not destroyed. */
    contents: (): readonly DataOf<'FileStored'>[] =>
      [...stored.values()].filter(({ contentHash }) => contentHash !== undefined),
    /** The size of each file, by hash. */
    sizes: (): ReadonlyMap<string, number> => new Map([...stored.values()].map(({ hash, size }) => [hash, size])),
  };
};

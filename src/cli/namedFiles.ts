// Which files the events of a log name, and do not discard.

import type { DataOf, Event } from '../domain/events.ts';

export const namedFiles = () => {
  const stored = new Map<string, DataOf<'FileStored'>>();
  return {
    note: ({ type, data }: Event): void => {
      if (type === 'FileStored') stored.set(data.fileId, data);
      if (type === 'FileDiscarded') stored.delete(data.fileId);
    },
    /** The size of each file, by hash. */
    sizes: (): ReadonlyMap<string, number> => new Map([...stored.values()].map(({ hash, size }) => [hash, size])),
  };
};

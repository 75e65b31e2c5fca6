// A map of any size in bounded memory: the entries used last are in memory, the others in a file that nobody else sees and that
// goes with the process.

import { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';

/** Kilobytes of the file that are in memory. */
const CACHE = 16_000;

/** `table`: the statement that makes it. */
export const openTemporary = (table: string): DatabaseSync => {
  // Without a name, SQLite makes a temporary file, and deletes it at the end. One transaction, never committed, is the quickest.
  const db = new DatabaseSync('');
  db.exec(`PRAGMA cache_size = -${CACHE}; PRAGMA journal_mode = OFF; ${table}; BEGIN`);
  return db;
};

const openFile = () => {
  const db = openTemporary('CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  const [put, find] = [
    db.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?)'),
    db.prepare('SELECT value FROM entries WHERE key = ?'),
  ];
  return {
    put: (key: string, value: string): void => void put.run(key, value),
    find: (key: string): string | undefined => find.get(key)?.value as string | undefined,
    close: (): void => db.close(),
  };
};

export interface SpilledMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  close(): Promise<void>;
}

/** `most`: entries in memory. `V`: what JSON can hold. */
export const createSpilledMap = <V extends object>(most = 200_000): SpilledMap<V> => {
  let file: ReturnType<typeof openFile> | undefined;
  // With `max` the cache would allocate its full size at once.
  const memory = new LRUCache<string, V>({
    maxSize: most,
    sizeCalculation: () => 1,
    dispose: (value, key, reason) => {
      if (reason !== 'evict') return;
      file ??= openFile();
      file.put(key, JSON.stringify(value));
    },
  });
  return {
    get: (key) => {
      const known = memory.get(key);
      if (known !== undefined || file === undefined) return known;
      const text = file.find(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    set: (key, value) => {
      memory.set(key, value);
    },
    close: async () => file?.close(),
  };
};

// Any number of things, given back in the order of their keys, in bounded memory: they lie in a file that nobody else sees and that
// goes with the process.

import { openTemporary } from './spilledMap.ts';

export interface SpilledOrder<T> {
  readonly size: number;
  /** Things of one `key` stand by `nth`, which is of one of them alone. Both are whole numbers. */
  add(key: number, nth: number, thing: T): void;
  /** Nothing is added meanwhile. */
  inOrder(): Iterable<T>;
  close(): void;
}

/** `T`: what JSON can hold. */
export const createSpilledOrder = <T extends object>(): SpilledOrder<T> => {
  const db = openTemporary(
    'CREATE TABLE things (key INTEGER, nth INTEGER, text TEXT, PRIMARY KEY (key, nth)) WITHOUT ROWID',
  );
  const add = db.prepare('INSERT INTO things VALUES (?, ?, ?)');
  const all = db.prepare('SELECT text FROM things ORDER BY key, nth');
  let size = 0;
  return {
    get size() {
      return size;
    },
    add: (key, nth, thing) => {
      add.run(key, nth, JSON.stringify(thing));
      size += 1;
    },
    *inOrder() {
      for (const { text } of all.iterate()) yield JSON.parse(String(text)) as T;
    },
    close: () => db.close(),
  };
};

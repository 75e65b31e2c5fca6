// The index of a searched table: FTS5, without a copy of the documents. New documents wait for their turn, since many at once
// cost a fraction of one at a time: whoever searches has the waiting ones taken in first.

import type { DatabaseSync } from 'node:sqlite';
import type { Fields } from '../shared/foldBatch.ts';
import { tokensIn } from '../shared/searching.ts';
import { termOf, type WordTable } from './viewSchema.ts';

/** Documents that wait, at most. */
const WAITING = 1000;

export type WordIndex = ReturnType<typeof openWordIndex>;

export const openWordIndex = (db: DatabaseSync, table: WordTable) => {
  const { name, documents, sort, fields } = table;
  const insert = db.prepare(`INSERT INTO ${name} (rowid, tokens) VALUES (?, ?)`);
  const remove = db.prepare(`INSERT INTO ${name} (${name}, rowid, tokens) VALUES ('delete', ?, ?)`);
  const waiting = db.prepare(`SELECT doc FROM ${documents} WHERE ${sort} > ? ORDER BY ${sort}`);
  const place = db.prepare(`SELECT up_to AS upTo FROM ${table.place}`);
  const move = db.prepare(`UPDATE ${table.place} SET up_to = ?`);
  const end = db.prepare(`SELECT coalesce(max(${sort}), 0) AS last FROM ${documents}`);
  const count = db.prepare(`SELECT count(*) AS count FROM ${documents} WHERE ${sort} > ?`);
  const numberOf = (doc: Fields): number => Number(doc[table.field]);

  const tokensOf = (doc: Fields): string =>
    fields.flatMap((field, at) => tokensIn(doc[field]).map((token) => termOf(at, token))).join(' ');

  const look = () => {
    const { upTo } = place.get() as { upTo: number };
    const { last } = end.get() as { last: number };
    return { upTo, last, waiting: (count.get(upTo) as { count: number }).count };
  };
  let known: ReturnType<typeof look> | undefined;

  const takeIn = (): void => {
    known ??= look();
    if (known.waiting === 0) return;
    for (const row of waiting.iterate(known.upTo)) {
      const doc = JSON.parse(row.doc as string) as Fields;
      insert.run(numberOf(doc), tokensOf(doc));
    }
    known = { ...known, upTo: known.last, waiting: 0 };
    move.run(known.upTo);
  };

  return {
    /** Whether the table may have an older document of this number. */
    mayHave: (number: number): boolean => {
      known ??= look();
      return number <= known.last;
    },
    /** Before the document is written again, or removed. */
    leaves: (doc: Fields): void => {
      known ??= look();
      if (numberOf(doc) <= known.upTo) remove.run(numberOf(doc), tokensOf(doc));
      else known.waiting--;
    },
    /** Before a document that is new, or has left, is written. `doc`: as JSON. */
    comes: (number: number, doc: string): void => {
      known ??= look();
      known.last = Math.max(known.last, number);
      if (number <= known.upTo) insert.run(number, tokensOf(JSON.parse(doc) as Fields));
      else known.waiting++;
    },
    takeIn,
    /** Before the end of a batch. */
    keepShort: (): void => {
      if (known && known.waiting >= WAITING) takeIn();
    },
    /** What is known is no longer sure, after a roll-back. */
    forget: (): void => {
      known = undefined;
    },
  };
};

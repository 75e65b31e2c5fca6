// The index of a searched table: FTS5, without a copy of the documents. New documents wait for their turn, since many at once
// cost a fraction of one at a time: whoever searches has the waiting ones taken in first.

import type { DatabaseSync } from 'node:sqlite';
import type { Fields } from '../shared/foldBatch.ts';
import { tokensIn } from '../shared/searching.ts';
import { termOf, type WordTable } from './viewSchema.ts';

/** Above all numbers, and below what is none: somebody else may have put that into the table. */
const NUMBERS = Number.MAX_SAFE_INTEGER;

/** Documents that wait, at most. */
const WAITING = 1000;

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

export type WordIndex = ReturnType<typeof openWordIndex>;

export const openWordIndex = (db: DatabaseSync, table: WordTable) => {
  const { name, documents, sort, fields } = table;
  const insert = db.prepare(`INSERT INTO ${name} (rowid, tokens) VALUES (?, ?)`);
  const remove = db.prepare(`INSERT INTO ${name} (${name}, rowid, tokens) VALUES ('delete', ?, ?)`);
  const waiting = db.prepare(
    `SELECT doc FROM ${documents} WHERE ${sort} > ? AND ${sort} < ${NUMBERS} ORDER BY ${sort}`,
  );
  const place = db.prepare(`SELECT up_to AS upTo FROM ${table.place}`);
  const move = db.prepare(`UPDATE ${table.place} SET up_to = ?`);
  const end = db.prepare(`SELECT coalesce(max(${sort}), 0) AS last FROM ${documents} WHERE ${sort} < ${NUMBERS}`);
  const count = db.prepare(`SELECT count(*) AS count FROM ${documents} WHERE ${sort} > ? AND ${sort} < ${NUMBERS}`);
  /** Undefined: somebody else has changed the document. */
  const parsed = (text: string): Fields | undefined => {
    try {
      const doc = JSON.parse(text) as Fields | null;
      return isNumber(doc?.[table.field]) ? doc! : undefined;
    } catch {
      return undefined;
    }
  };
  const numberOf = (doc: Fields): number => doc[table.field] as number;

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
      const doc = parsed(row.doc as string);
      if (doc) insert.run(numberOf(doc), tokensOf(doc));
    }
    known = { ...known, upTo: known.last, waiting: 0 };
    move.run(known.upTo);
  };

  return {
    /** Whether the table may have an older document of this number. */
    mayHave: (number: unknown): boolean => {
      known ??= look();
      return !isNumber(number) || number <= known.last;
    },
    /** Before the document is written again, or removed. `text`: as it lies, in JSON. */
    leaves: (text: string): void => {
      known ??= look();
      const doc = parsed(text);
      if (doc === undefined) return;
      if (numberOf(doc) <= known.upTo) remove.run(numberOf(doc), tokensOf(doc));
      else known.waiting--;
    },
    /** Before a document that is new, or has left, is written. `text`: in JSON. */
    comes: (number: unknown, text: string): void => {
      known ??= look();
      if (!isNumber(number)) return;
      known.last = Math.max(known.last, number);
      if (number <= known.upTo) insert.run(number, tokensOf(parsed(text)!));
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

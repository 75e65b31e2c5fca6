// Writes batches into the tables of a file. A batch comes as flat arrays, the cheapest thing to hand to a thread. Documents
// that are merged into are held in memory until `flush`: live that is the end of the batch; in a build, which has no
// readers, a hot document is written once for many batches.

import type { DatabaseSync } from 'node:sqlite';
import type { Placed } from '../ports.ts';
import { moveToFront, sum } from '../shared/fieldAfter.ts';
import { type Fields, type Front, foldBatch, type Step } from '../shared/foldBatch.ts';
import { type Cell, cellOf, type Table, upsertDocument } from './viewSchema.ts';
import { openWordIndex } from './wordIndex.ts';

/** What a batch does to one table. */
export interface Rows {
  /** Place of the table among the tables. */
  readonly table: number;
  /** For each document: id, a cell for each field of the table, the document as JSON. */
  readonly puts: readonly Cell[];
  /** For each document: id, its fields, sums and fronts as JSON. */
  readonly merges: readonly string[];
  /** Ids. */
  readonly removes: readonly string[];
}

type Merge = readonly [
  fields: Fields,
  sums: { readonly [field: string]: number },
  fronts: { readonly [field: string]: Front },
];

/** In: a batch; events at or below `after` are left out. @throws TypeError an undeclared collection. */
export const rowsOfBatch = (tables: readonly Table[], batch: readonly Placed[], after: number): readonly Rows[] =>
  [...foldBatch(batch, after)].map(([name, writes]) => {
    const at = tables.findIndex(({ collection }) => collection.name === name);
    if (at < 0) throw new TypeError(`no collection is declared as ${name}`);
    const { fields } = tables[at]!;
    const puts: Cell[] = [];
    const merges: string[] = [];
    const removes: string[] = [];
    for (const { id, outcome } of writes) {
      if (outcome.kind === 'put') {
        puts.push(id);
        for (const field of fields) puts.push(cellOf(outcome.doc[field]));
        puts.push(JSON.stringify(outcome.doc));
      } else if (outcome.kind === 'removed') removes.push(id);
      else merges.push(id, JSON.stringify([outcome.fields, sumsOf(outcome.steps), outcome.fronts] satisfies Merge));
    }
    return { table: at, puts, merges, removes };
  });

const sumsOf = (steps: { readonly [field: string]: readonly Step[] }): Merge[1] =>
  Object.fromEntries(Object.entries(steps).map(([field, each]) => [field, each.reduce((all, { by }) => all + by, 0)]));

export const viewTables = (db: DatabaseSync, tables: readonly Table[]) => {
  const all = tables.map((table) => openTable(db, table));
  return {
    write(batch: readonly Rows[]): void {
      for (const rows of batch) all[rows.table]!.write(rows);
    },
    /** Documents held in memory. */
    held: (): number => all.reduce((count, { merged }) => count + merged.size, 0),
    flush(): void {
      for (const each of all) each.flush();
    },
    /** Makes all documents fit to be searched. */
    takeInWords(): void {
      for (const { words } of all) words?.takeIn();
    },
    /** Drops what is held, after a roll-back. */
    forget(): void {
      for (const { merged, words } of all) {
        merged.clear();
        words?.forget();
      }
    },
  };
};

const openTable = (db: DatabaseSync, table: Table) => {
  const width = table.fields.length + 2;
  const upsert = db.prepare(upsertDocument(table));
  const read = db.prepare(`SELECT doc FROM ${table.name} WHERE id = ?`);
  const remove = db.prepare(`DELETE FROM ${table.name} WHERE id = ?`);
  const merged = new Map<string, Fields>();
  const words = table.words && openWordIndex(db, table.words);
  /** The place of its number among the cells of a document. */
  const numberAt = table.fields.indexOf(table.words?.field ?? '') + 1;

  const stored = (id: string): Fields | undefined => {
    const row = read.get(id);
    return row && JSON.parse(row.doc as string);
  };

  const leave = (id: string): void => {
    const row = read.get(id);
    if (row) words?.leaves(row.doc as string);
  };

  const save = (cells: readonly Cell[]): void => {
    if (words?.mayHave(cells[numberAt])) leave(cells[0] as string);
    words?.comes(cells[numberAt], cells.at(-1) as string);
    upsert.run(...cells);
  };

  const write = ({ puts, merges, removes }: Rows): void => {
    for (let at = 0; at < puts.length; at += width) {
      save(puts.slice(at, at + width));
      if (merged.size > 0) merged.delete(puts[at] as string);
    }
    for (const id of removes) {
      if (words) leave(id);
      remove.run(id);
      merged.delete(id);
    }
    for (let at = 0; at < merges.length; at += 2) {
      const id = merges[at]!;
      const doc = merged.get(id) ?? stored(id);
      if (doc) merged.set(id, merge(doc, JSON.parse(merges[at + 1]!) as Merge));
    }
  };

  const flush = (): void => {
    for (const [id, doc] of merged) save([id, ...table.fields.map((field) => cellOf(doc[field])), JSON.stringify(doc)]);
    merged.clear();
    words?.keepShort();
  };
  return { merged, words, write, flush };
};

/** @throws TypeError a sum on what is no number, or the front of what is no list. */
const merge = (doc: Fields, [fields, sums, fronts]: Merge): Fields => {
  const merged = { ...doc, ...fields };
  for (const [field, by] of Object.entries(sums)) merged[field] = sum(merged[field], by);
  for (const [field, { items, most }] of Object.entries(fronts))
    merged[field] = moveToFront(merged[field], items, most);
  return merged;
};

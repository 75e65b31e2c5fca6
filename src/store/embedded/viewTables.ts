// Writes batches into the tables of a file. A batch comes as flat arrays, the cheapest thing to hand to a thread. Documents
// that are merged into are held in memory until `flush`: live that is the end of the batch; in a build, which has no
// readers, a hot document is written once for many batches.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Placed } from '../ports.ts';
import { type Fields, foldBatch, type Step, sum, type Write } from '../shared/foldBatch.ts';
import { type Cell, cellOf, type Table, upsertDocument } from './viewSchema.ts';

/** What a batch does to one table. */
export interface Rows {
  /** Place of the table among the tables. */
  readonly table: number;
  /** For each document: id, a cell for each field of the table, the document as JSON. */
  readonly puts: readonly Cell[];
  /** For each document: id, its fields and sums as JSON. */
  readonly merges: readonly string[];
  /** Ids. */
  readonly removes: readonly string[];
}

export interface ViewTables {
  write(batch: readonly Rows[]): void;
  /** Documents held in memory. */
  held(): number;
  flush(): void;
  /** Drops what is held, after a roll-back. */
  forget(): void;
}

/** In: a batch; events at or below `after` are left out. @throws TypeError an undeclared collection. */
export const rowsOf = (tables: readonly Table[], batch: readonly Placed[], after: number): readonly Rows[] =>
  [...foldBatch(batch, after)].map(([collection, writes]) => {
    const table = tables.findIndex((each) => each.collection.name === collection);
    if (table < 0) throw new TypeError(`no collection is declared as ${collection}`);
    return { table, ...sorted(tables[table]!, writes) };
  });

const sorted = ({ fields }: Table, writes: readonly Write[]): Omit<Rows, 'table'> => {
  const puts: Cell[] = [];
  const merges: string[] = [];
  const removes: string[] = [];
  for (const { id, outcome } of writes) {
    if (outcome.kind === 'put') {
      puts.push(id);
      for (const field of fields) puts.push(cellOf(outcome.doc[field]));
      puts.push(JSON.stringify(outcome.doc));
    } else if (outcome.kind === 'removed') removes.push(id);
    else merges.push(id, JSON.stringify([outcome.fields, sumsOf(outcome.steps)] satisfies Merge));
  }
  return { puts, merges, removes };
};

type Merge = readonly [fields: Fields, sums: { readonly [field: string]: number }];

const sumsOf = (steps: { readonly [field: string]: readonly Step[] }): Merge[1] =>
  Object.fromEntries(Object.entries(steps).map(([field, each]) => [field, each.reduce((all, { by }) => all + by, 0)]));

interface Statements {
  readonly table: Table;
  readonly upsert: StatementSync;
  readonly read: StatementSync;
  readonly remove: StatementSync;
  readonly merged: Map<string, Fields>;
}

export const viewTables = (db: DatabaseSync, tables: readonly Table[]): ViewTables => {
  const all = tables.map((table) => prepare(db, table));
  return {
    write(batch) {
      for (const rows of batch) writeRows(all[rows.table]!, rows);
    },
    held: () => all.reduce((count, { merged }) => count + merged.size, 0),
    flush() {
      for (const { table, upsert, merged } of all) {
        for (const [id, fields] of merged)
          upsert.run(id, ...table.fields.map((field) => cellOf(fields[field])), JSON.stringify(fields));
        merged.clear();
      }
    },
    forget() {
      for (const { merged } of all) merged.clear();
    },
  };
};

const prepare = (db: DatabaseSync, table: Table): Statements => ({
  table,
  upsert: db.prepare(upsertDocument(table)),
  read: db.prepare(`SELECT doc FROM ${table.name} WHERE id = ?`),
  remove: db.prepare(`DELETE FROM ${table.name} WHERE id = ?`),
  merged: new Map(),
});

const writeRows = ({ table, upsert, read, remove, merged }: Statements, { puts, merges, removes }: Rows): void => {
  const width = table.fields.length + 2;
  for (let at = 0; at < puts.length; at += width) {
    upsert.run(...puts.slice(at, at + width));
    if (merged.size > 0) merged.delete(puts[at] as string);
  }
  for (const id of removes) {
    remove.run(id);
    merged.delete(id);
  }
  for (let at = 0; at < merges.length; at += 2) {
    const id = merges[at]!;
    const doc = merged.get(id) ?? stored(read, id);
    if (doc) merged.set(id, merge(doc, JSON.parse(merges[at + 1]!) as Merge));
  }
};

const stored = (read: StatementSync, id: string): Fields | undefined => {
  const row = read.get(id);
  return row && JSON.parse(row.doc as string);
};

/** @throws TypeError a sum on what is no number. */
const merge = (doc: Fields, [fields, sums]: Merge): Fields => {
  const merged = { ...doc, ...fields };
  for (const [field, by] of Object.entries(sums)) merged[field] = sum(merged[field], by);
  return merged;
};

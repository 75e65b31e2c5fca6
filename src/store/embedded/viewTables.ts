// Writes batches into the tables of a file. Documents that are merged into are held in memory until `flush`: live
// that is the end of the batch; in a build, where nobody reads yet, a hot document is written once for many batches.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Fields, merge } from './coalesce.ts';
import type { Rows } from './viewRows.ts';
import { cellOf, type Table, upsertDocument } from './viewSchema.ts';

export interface ViewTables {
  write(batch: readonly Rows[]): void;
  /** Documents held in memory. */
  held(): number;
  flush(): void;
  /** Drops what is held, after a roll-back. */
  forget(): void;
}

interface Statements {
  readonly table: Table;
  readonly upsert: StatementSync;
  readonly read: StatementSync;
  readonly remove: StatementSync;
  readonly merged: Map<string, Fields>;
}

export function viewTables(db: DatabaseSync, tables: readonly Table[]): ViewTables {
  const all = tables.map((table) => prepare(db, table));
  return {
    write(batch) {
      for (const rows of batch) {
        const statements = all[rows.table];
        if (statements) writeRows(statements, rows);
      }
    },
    held: () => all.reduce((count, { merged }) => count + merged.size, 0),
    flush() {
      for (const statements of all) {
        for (const [id, fields] of statements.merged) {
          const cells = statements.table.fields.map((field) => cellOf(fields[field]));
          statements.upsert.run(id, ...cells, JSON.stringify(fields));
        }
        statements.merged.clear();
      }
    },
    forget() {
      for (const { merged } of all) merged.clear();
    },
  };
}

function prepare(db: DatabaseSync, table: Table): Statements {
  return {
    table,
    upsert: db.prepare(upsertDocument(table)),
    read: db.prepare(`SELECT doc FROM ${table.name} WHERE id = ?`),
    remove: db.prepare(`DELETE FROM ${table.name} WHERE id = ?`),
    merged: new Map(),
  };
}

function writeRows({ table, upsert, read, remove, merged }: Statements, { puts, merges, removes }: Rows): void {
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
    const id = merges[at] as string;
    const fields = merged.get(id) ?? stored(read, id);
    if (fields) merged.set(id, merge(fields, JSON.parse(merges[at + 1] as string)));
  }
}

function stored(read: StatementSync, id: string): Fields | undefined {
  const row = read.get(id);
  return row && JSON.parse(row.doc as string);
}

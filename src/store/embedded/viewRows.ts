// A batch as the writing thread takes it: flat arrays of texts and numbers, the cheapest thing to hand to a thread.

import type { Placed } from '../ports.ts';
import { coalesce, type Outcome } from './coalesce.ts';
import { type Cell, cellOf, type Table } from './viewSchema.ts';

/** What a batch does to one table. */
export interface Rows {
  /** Place of the table among the tables. */
  readonly table: number;
  /** For each document: id, a cell for each field of the table, the document as JSON. */
  readonly puts: readonly Cell[];
  /** For each document: id, its sets and adds as JSON. */
  readonly merges: readonly string[];
  /** Ids. */
  readonly removes: readonly string[];
}

/** In: a batch; events at or below `after` are left out. @throws TypeError an undeclared collection. */
export function rowsOf(tables: readonly Table[], batch: readonly Placed[], after: number): readonly Rows[] {
  return [...coalesce(batch, after)].map(([collection, outcomes]) => {
    const at = tables.findIndex((table) => table.collection === collection);
    const table = tables[at];
    if (!table) throw new TypeError(`no collection is declared as ${collection}`);
    return { table: at, ...sorted(table, outcomes) };
  });
}

function sorted({ fields }: Table, outcomes: Map<string, Outcome>): Omit<Rows, 'table'> {
  const puts: Cell[] = [];
  const merges: string[] = [];
  const removes: string[] = [];
  for (const [id, outcome] of outcomes) {
    if (outcome.op === 'put') {
      puts.push(id);
      for (const field of fields) puts.push(cellOf(outcome.doc[field]));
      puts.push(JSON.stringify(outcome.doc));
    } else if (outcome.op === 'merge') {
      merges.push(id, JSON.stringify({ sets: outcome.sets, adds: outcome.adds }));
    } else {
      removes.push(id);
    }
  }
  return { puts, merges, removes };
}

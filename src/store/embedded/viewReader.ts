// Reads views on the main thread: prepared statements kept for each shape of a query.

import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { errcodeOf, isDamage } from '../cause.ts';
import { type Doc, type Find, type Found, type Standing, type Stretch, VIEW_PAGE_BYTES } from '../ports.ts';
import { collectionsOf, indexFor } from '../shared/collections.ts';
import { cellOf, countDocuments, findDocuments, LAYOUT, type Table, tablesOf, type ViewShape } from './viewSchema.ts';
import { bootId } from './viewWriter.ts';

export type ViewReader = ReturnType<typeof readerOn>;

const SQL_ERROR = 1;

/** Out: `undefined` where the file is missing, damaged, perhaps torn by a power cut, or of another layout. */
export const openViewReader = (file: string, shape: ViewShape): ViewReader | undefined => {
  if (!existsSync(file)) return undefined;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    db.exec('PRAGMA cache_size = -32768');
    const about = db.prepare('SELECT layout, shape, boot FROM about').get();
    const isWhole = about?.boot === null || about?.boot === bootId();
    if (isWhole && about?.layout === LAYOUT) {
      const isOutdated = about.shape !== shape.text;
      return readerOn(db, isOutdated ? tablesOf(collectionsOf(String(about.shape))) : shape.tables, isOutdated);
    }
  } catch (error) {
    const isForeign = errcodeOf(error) === SQL_ERROR; // a database without our tables
    if (!isForeign && !isDamage(error)) throw error;
  }
  db?.close();
  return undefined;
};

const readerOn = (db: DatabaseSync, tables: readonly Table[], isOutdated: boolean) => {
  const about = db.prepare('SELECT checkpoint, mark FROM about');
  const readings = new Map(tables.map((table) => [table.collection.name, tableReader(db, table)]));
  const reading = (collection: string) => {
    const found = readings.get(collection);
    if (!found) throw new TypeError(`no collection is declared as ${collection}`);
    return found;
  };
  return {
    /** The views are of another version than the one that reads them, or of other declarations. */
    isOutdated,
    checkpoint(): Standing {
      const { checkpoint, mark } = about.get() as { checkpoint: number; mark: string };
      return { position: checkpoint, mark, isOutdated };
    },
    get: (collection: string, ids: readonly string[]) => reading(collection).get(ids),
    find: (collection: string, find: Find) => reading(collection).find(find),
    count: (collection: string, stretch: Stretch) => reading(collection).count(stretch),
    close: (): void => db.close(),
  };
};

const tableReader = (db: DatabaseSync, table: Table) => {
  const byId = arrays(db.prepare(`SELECT doc FROM ${table.name} WHERE id = ?`));
  /** By index, bounds and direction; prepared on first use. */
  const finds: (StatementSync | undefined)[] = [];
  const counts: (StatementSync | undefined)[] = [];

  /** The index, the bounds as a number, and the parameters of both. */
  const askedOf = (stretch: Stretch) => {
    const { where, after, before } = stretch;
    const at = indexFor(table.collection, stretch);
    const index = table.indexes[at]!;
    return {
      index,
      slot: at * 8 + Number(after !== undefined) + Number(before !== undefined) * 2,
      parameters: [
        ...index.fields.map((field) => cellOf(where[field])),
        ...[after, before].filter((bound) => bound !== undefined),
      ],
    };
  };

  return {
    get: (ids: readonly string[]): (Doc | undefined)[] =>
      ids.map((id) => {
        const row = byId.get(id) as unknown as [string] | undefined;
        return row && JSON.parse(row[0]);
      }),
    find(find: Find): Found {
      const { descending = false, limit } = find;
      const { index, slot: stretch, parameters } = askedOf(find);
      const slot = stretch + Number(descending) * 4;
      finds[slot] ??= arrays(db.prepare(findDocuments(table, index, find)));
      const rows = finds[slot].iterate(...parameters, limit) as unknown as Iterable<[string]>;
      const docs: Doc[] = [];
      let bytes = 0;
      for (const [doc] of rows) {
        docs.push(JSON.parse(doc) as Doc);
        bytes += Buffer.byteLength(doc);
        if (bytes >= VIEW_PAGE_BYTES) break;
      }
      return { docs, more: docs.length === limit || bytes >= VIEW_PAGE_BYTES };
    },
    count(stretch: Stretch): number {
      const { index, slot, parameters } = askedOf(stretch);
      counts[slot] ??= arrays(db.prepare(countDocuments(table, index, stretch)));
      const [count] = counts[slot].get(...parameters) as unknown as [number];
      return count;
    },
  };
};

const arrays = (statement: StatementSync): StatementSync => {
  statement.setReturnArrays(true);
  return statement;
};

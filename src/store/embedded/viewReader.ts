// Reads views on the main thread: prepared statements kept for each shape of a query.

import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { errcodeOf, isDamage } from '../cause.ts';
import {
  type Doc,
  type Find,
  type Found,
  type Scan,
  type Scanned,
  type Search,
  type Standing,
  type Stretch,
  type Value,
  VIEW_PAGE_BYTES,
} from '../ports.ts';
import { checkPageLimit, collectionsOf, indexFor } from '../shared/collections.ts';
import { searchedIn } from '../shared/searching.ts';
import {
  type Cell,
  cellOf,
  countDocuments,
  findDocuments,
  getDocuments,
  LAYOUT,
  matchOf,
  scanDocuments,
  searchDocuments,
  type Table,
  tablesOf,
  type ViewShape,
  valueIn,
} from './viewSchema.ts';
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
    search: (collection: string, search: Search) => reading(collection).search(search),
    scan(collection: string, scan: Scan): Scanned {
      const { checkpoint: position } = about.get() as { checkpoint: number };
      return { ...reading(collection).scan(scan), position };
    },
    close: (): void => db.close(),
  };
};

const tableReader = (db: DatabaseSync, table: Table) => {
  const byId = arrays(db.prepare(`SELECT doc FROM ${table.name} WHERE id = ?`));
  const byIds = arrays(db.prepare(getDocuments(table)));
  /** By index, bounds and direction; prepared on first use. */
  const finds: (StatementSync | undefined)[] = [];
  const counts: (StatementSync | undefined)[] = [];
  const scans: (StatementSync | undefined)[] = [];
  let searching: StatementSync | undefined;

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
    get(ids: readonly string[]): (Doc | undefined)[] {
      // Most questions ask for one, which the other statement would make dearer.
      if (ids.length === 1) {
        const row = byId.get(ids[0]!) as unknown as [doc: string] | undefined;
        return [row && JSON.parse(row[0])];
      }
      const docs: (Doc | undefined)[] = ids.map(() => undefined);
      const rows = byIds.all(JSON.stringify(ids)) as unknown as [place: number, doc: string][];
      for (const [place, doc] of rows) docs[place] = JSON.parse(doc);
      return docs;
    },
    find(find: Find): Found {
      const { descending = false, limit } = find;
      const { index, slot: stretch, parameters } = askedOf(find);
      const slot = stretch + Number(descending) * 4;
      finds[slot] ??= arrays(db.prepare(findDocuments(table, index, find)));
      return pageOf(finds[slot].iterate(...parameters, limit), limit);
    },
    scan({ after, limit }: Scan): Found {
      checkPageLimit(limit);
      const slot = Number(after === undefined);
      scans[slot] ??= arrays(db.prepare(scanDocuments(table, after === undefined)));
      const rows = scans[slot].iterate(...(after === undefined ? [] : [after]), limit);
      return pageOf(rows, limit, (doc, ...cells) => seenByQueries(table, doc, cells));
    },
    search(search: Search): Found {
      searchedIn(table.collection, search);
      const { after = 0, before = Number.MAX_SAFE_INTEGER, limit } = search;
      searching ??= arrays(db.prepare(searchDocuments(table.words!)));
      return pageOf(searching.iterate(matchOf(table.words!, search), after, before, limit), limit);
    },
    count(stretch: Stretch): number {
      const { index, slot, parameters } = askedOf(stretch);
      counts[slot] ??= arrays(db.prepare(countDocuments(table, index, stretch)));
      const [count] = counts[slot].get(...parameters) as unknown as [number];
      return count;
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * The document of a row. Queries go by its cells: where one differs from the document, its value is the field's. A text that
 * is no document, or another one's, counts for nothing.
 */
const seenByQueries = ({ fields }: Table, text: string, [row, ...cells]: readonly Cell[]): Doc => {
  const id = String(row);
  const found = parsed(text) as Doc | null | undefined;
  if (found?.id !== id) return { id };
  const seen: { [field: string]: Value } = { ...found };
  fields.forEach((field, at) => {
    if (isDeepStrictEqual(cells[at], cellOf(found[field]))) return;
    const value = valueIn(cells[at]!);
    // No value has such a cell: no query finds the document by this field.
    if (value === found[field]) delete seen[field];
    else seen[field] = value;
  });
  return { ...seen, id };
};

/** `rows`: the text of each document, and whatever `docOf` needs beside it. */
const pageOf = (
  rows: Iterable<unknown>,
  limit: number,
  docOf: (text: string, ...cells: readonly Cell[]) => Doc = (text) => JSON.parse(text),
): Found => {
  const docs: Doc[] = [];
  let bytes = 0;
  for (const [doc, ...cells] of rows as Iterable<[string, ...Cell[]]>) {
    docs.push(docOf(doc, ...cells));
    bytes += Buffer.byteLength(doc);
    if (bytes >= VIEW_PAGE_BYTES) break;
  }
  return { docs, more: docs.length === limit || bytes >= VIEW_PAGE_BYTES };
};

const arrays = (statement: StatementSync): StatementSync => {
  statement.setReturnArrays(true);
  return statement;
};

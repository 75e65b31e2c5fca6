// Reads views on the main thread: prepared statements kept for each shape of a query.

import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { errcodeOf } from '../cause.ts';
import { type Doc, type Find, type Found, type Standing, VIEW_PAGE_BYTES } from '../ports.ts';
import { collectionsOf } from '../shape.ts';
import { bootId } from './bootId.ts';
import { isDamage } from './damage.ts';
import {
  type Cell,
  cellOf,
  createIndexes,
  createTables,
  findDocuments,
  LAYOUT,
  type Table,
  type ViewShape,
  viewShape,
} from './viewSchema.ts';

export interface ViewReader {
  checkpoint(): Standing;
  get(collection: string, ids: readonly string[]): (Doc | undefined)[];
  find(collection: string, find: Find): Found;
  /** They were made for other declarations than those given. */
  readonly isOutdated: boolean;
  close(): void;
}

const SQL_ERROR = 1;

interface Reading {
  readonly table: Table;
  readonly byId: StatementSync;
  /** By index, bounds and direction; prepared on first use. */
  readonly finds: (StatementSync | undefined)[];
}

/** Out: `undefined` where the file is missing, damaged, perhaps torn by a power cut, or of another layout. */
export function openViewReader(file: string, shape: ViewShape): ViewReader | undefined {
  if (!existsSync(file)) return undefined;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    db.exec('PRAGMA cache_size = -32768');
    const about = db.prepare('SELECT layout, shape, boot FROM about').get();
    const whole = about?.boot === null || about?.boot === bootId();
    if (whole && about?.layout === LAYOUT) {
      const isOutdated = about.shape !== shape.text;
      return viewReader(db, isOutdated ? viewShape(collectionsOf(String(about.shape))) : shape, isOutdated);
    }
  } catch (error) {
    const foreign = errcodeOf(error) === SQL_ERROR; // a database without our tables
    if (!foreign && !isDamage(error) && existsSync(file)) throw error;
  }
  db?.close();
  return undefined;
}

/** Views that hold nothing, for a reader that comes before any writer. */
export function emptyViewReader(shape: ViewShape): ViewReader {
  const db = new DatabaseSync(':memory:');
  db.exec(`${createTables(shape)} ${createIndexes(shape)}`);
  return viewReader(db, shape, false);
}

function viewReader(db: DatabaseSync, { tables }: ViewShape, isOutdated: boolean): ViewReader {
  const about = db.prepare('SELECT checkpoint, mark FROM about');
  const readings = new Map(tables.map((table) => [table.collection, prepare(db, table)]));
  const reading = (collection: string): Reading => {
    const found = readings.get(collection);
    if (!found) throw new TypeError(`no collection is declared as ${collection}`);
    return found;
  };
  return {
    isOutdated,
    checkpoint() {
      const { checkpoint, mark } = about.get() as { checkpoint: number; mark: string };
      return { position: checkpoint, mark, isOutdated };
    },
    get(collection, ids) {
      const { byId } = reading(collection);
      return ids.map((id) => {
        const row = byId.get(id) as unknown as [string] | undefined;
        return row && JSON.parse(row[0]);
      });
    },
    find(collection, find) {
      const { table, finds } = reading(collection);
      const at = indexOf(table, find);
      const bounds = boundsOf(find);
      const shape = at * 8 + (find.after === undefined ? 0 : 1) + (find.before === undefined ? 0 : 2);
      const slot = shape + (find.descending ? 4 : 0);
      let statement = finds[slot];
      if (!statement) finds[slot] = statement = prepareFind(db, table, at, find);
      const equal = table.indexes[at]!.fields.map((field) => cellOf(find.where[field]));
      const rows = statement.iterate(...equal, ...bounds, limitOf(find)) as unknown as Iterable<[string]>;
      const docs: Doc[] = [];
      let bytes = 0;
      for (const [doc] of rows) {
        docs.push(JSON.parse(doc) as Doc);
        bytes += Buffer.byteLength(doc);
        if (bytes >= VIEW_PAGE_BYTES) break;
      }
      return { docs, more: docs.length === find.limit || bytes >= VIEW_PAGE_BYTES };
    },
    close: () => db.close(),
  };
}

function prepare(db: DatabaseSync, table: Table): Reading {
  return { table, byId: arrays(db.prepare(`SELECT doc FROM ${table.name} WHERE id = ?`)), finds: [] };
}

function prepareFind(db: DatabaseSync, table: Table, at: number, find: Find): StatementSync {
  const shape = {
    after: find.after !== undefined,
    before: find.before !== undefined,
    descending: find.descending === true,
  };
  return arrays(db.prepare(findDocuments(table, table.indexes[at]!, shape)));
}

function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}

function indexOf(table: Table, { where, sort }: Find): number {
  const names = Object.keys(where);
  const at = table.indexes.findIndex(
    (index) =>
      index.sort === sort &&
      index.fields.length === names.length &&
      index.fields.every((field) => names.includes(field)),
  );
  if (at < 0) throw new TypeError(`${table.collection} has no index on ${names.join(', ')} sorted by ${sort}`);
  for (const name of names) {
    const kind = typeof where[name];
    if (kind !== 'string' && kind !== 'number' && kind !== 'boolean')
      throw new TypeError(`${name} must be a plain value`);
  }
  return at;
}

function boundsOf({ after, before }: Find): Cell[] {
  const bounds = [after, before].filter((bound) => bound !== undefined);
  for (const bound of bounds) {
    if (typeof bound !== 'string' && !(typeof bound === 'number' && !Number.isNaN(bound)))
      throw new TypeError('a bound must be a number or a string');
  }
  return bounds;
}

function limitOf({ limit }: Find): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError('a limit must be from 1 to 1000');
  return limit;
}

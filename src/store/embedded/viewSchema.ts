// How declared collections become tables: pure functions from declarations to SQL text. Names come from declarations
// in the code; values never come here, they are bound as parameters.

import type { Collection, Find, Search, Shape, Stretch, Value } from '../ports.ts';
import { textOf } from '../shared/collections.ts';

/** Raised when the layout of a file changes: files of another layout cannot be read, and the views are built again. */
export const LAYOUT = 2;

/** What a column can hold. */
export type Cell = string | number | Uint8Array | null;

export type Table = ReturnType<typeof tableOf>;
export type WordTable = NonNullable<Table['words']>;
export type ViewShape = ReturnType<typeof viewShape>;

/** A shape with what is derived from it. */
export const viewShape = (shape: Shape) => ({ ...shape, tables: tablesOf(shape.collections), text: textOf(shape) });

export const tablesOf = (collections: readonly Collection[]): readonly Table[] => collections.map(tableOf);

const tableOf = (collection: Collection) => {
  const { name, indexes, searched: words } = collection;
  const searched = [...indexes.flatMap(({ fields, sort }) => [...fields, sort]), ...(words ? [words.sort] : [])];
  const documents = quoted(`c_${name}`);
  return {
    collection,
    /** SQL name, as those of the indexes. */
    name: documents,
    words: words && {
      name: quoted(`w_${name}`),
      documents,
      fields: words.fields,
      /** Of the documents, and its column. */
      field: words.sort,
      sort: column(words.sort),
      /** The index of that column. */
      order: quoted(`s_${name}`),
      /** A table of one row: up to which number the documents are in the index. */
      place: quoted(`p_${name}`),
    },
    /** Fields kept in a column of their own beside the document, because an index asks for them. */
    fields: [...new Set(searched)].filter((field) => field !== 'id'),
    indexes: indexes.map((index, at) => ({ ...index, name: quoted(`i_${name}_${at}`) })),
  };
};

/** `ANY` in a strict table keeps text, numbers and blobs as they were bound, so '1' never equals 1. */
export const createTables = (shape: ViewShape): string => {
  const documents = shape.tables.map(({ name, fields, words }) => {
    const columns = fields.map((field) => `${column(field)} ANY, `).join('');
    return `CREATE TABLE ${name} (id TEXT NOT NULL PRIMARY KEY, ${columns}doc TEXT NOT NULL) STRICT;
      ${words ? createWords(words) : ''}`;
  });
  return `${documents.join('\n')}
    CREATE TABLE about (
      layout INTEGER NOT NULL, shape TEXT NOT NULL, checkpoint INTEGER NOT NULL, mark TEXT NOT NULL, boot TEXT
    ) STRICT;
    INSERT INTO about VALUES (${LAYOUT}, '${shape.text.replaceAll("'", "''")}', 0, '', NULL);`;
};

/** `secure-delete`: nothing of what a document had stays in the index. With `detail = none` SQLite 3.53 loses others' entries by it. */
const createWords = ({ name, documents, sort, order, place }: WordTable): string =>
  `CREATE VIRTUAL TABLE ${name} USING fts5 (tokens, content = '', detail = column, columnsize = 0, tokenize = 'ascii');
    INSERT INTO ${name} (${name}, rank) VALUES ('secure-delete', 1);
    CREATE INDEX ${order} ON ${documents} (${sort});
    CREATE TABLE ${place} (up_to INTEGER NOT NULL) STRICT;
    INSERT INTO ${place} VALUES (0);`;

export const createIndexes = ({ tables }: ViewShape): string => {
  const statements = tables.flatMap(({ name: table, indexes }) =>
    indexes.map(
      ({ name, fields, sort }) => `CREATE INDEX ${name} ON ${table} (${[...fields, sort].map(column).join(', ')});`,
    ),
  );
  return statements.join('\n');
};

/** Parameters: id, the columns in the order of `fields`, the document. Keeps the row's place, unlike REPLACE. */
export const upsertDocument = ({ name, fields }: Table): string => {
  const columns = [...fields.map(column), 'doc'];
  const taken = columns.map((each) => `${each} = excluded.${each}`).join(', ');
  return `INSERT INTO ${name} (id, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})
    ON CONFLICT (id) DO UPDATE SET ${taken}`;
};

/**
 * Parameter: the ids, as JSON. Gives the place of each that there is, and the document. One statement for all costs a third
 * of one for each; `IN` would sort the ids first.
 */
export const getDocuments = ({ name }: Table): string =>
  `SELECT wanted.key, doc FROM json_each(?) AS wanted CROSS JOIN ${name} AS documents ON documents.id = wanted.value`;

/** Parameters: a value for each field of the index, the bounds it has (after, before). */
const stretchOf = ({ name }: Table, index: Table['indexes'][number], { after, before }: Stretch): string => {
  const sort = column(index.sort);
  const terms = [
    ...index.fields.map((field) => `${column(field)} = ?`),
    ...(after !== undefined ? [`${sort} > ?`] : []),
    ...(before !== undefined ? [`${sort} < ?`] : []),
  ];
  return `FROM ${name} INDEXED BY ${index.name} ${terms.length > 0 ? 'WHERE' : ''} ${terms.join(' AND ')}`;
};

/** Parameters: those of the stretch, and the limit. */
export const findDocuments = (table: Table, index: Table['indexes'][number], find: Find): string =>
  `SELECT doc ${stretchOf(table, index, find)}
    ORDER BY ${column(index.sort)} ${find.descending ? 'DESC' : 'ASC'} LIMIT ?`;

/** Parameters: those of the stretch. Reads the index alone. */
export const countDocuments = (table: Table, index: Table['indexes'][number], stretch: Stretch): string =>
  `SELECT count(*) ${stretchOf(table, index, stretch)}`;

/** Parameters: the id before the first, unless it begins with the first, and the limit. */
export const scanDocuments = ({ name, fields }: Table, isFirst: boolean): string =>
  `SELECT ${['doc', 'id', ...fields.map(column)].join(', ')} FROM ${name} ${isFirst ? '' : 'WHERE id > ?'} ORDER BY id LIMIT ?`;

/** A token of the field at a place, so that each field has tokens of its own. */
export const termOf = (at: number, token: string): string => `${String.fromCharCode(97 + at)}${token}`;

/** Parameters: what to match, the bounds (after, before), and the limit. `+`: without it no index of a column of any type is used. */
export const searchDocuments = ({ name, documents, sort }: WordTable): string =>
  `SELECT doc FROM ${name} CROSS JOIN ${documents} ON ${documents}.${sort} = +${name}.rowid
    WHERE ${name} MATCH ? AND ${name}.rowid > ? AND ${name}.rowid < ? ORDER BY ${name}.rowid DESC LIMIT ?`;

/** The first parameter of a search. */
export const matchOf = ({ fields }: WordTable, { all }: Search): string =>
  all
    .map(({ field, anyOf, isPrefix }) => {
      const terms = anyOf.map((token) => `${termOf(fields.indexOf(field), token)}${isPrefix ? '*' : ''}`);
      return `(${terms.join(' OR ')})`;
    })
    .join(' AND ');

const FALSE = new Uint8Array([0]);
const TRUE = new Uint8Array([1]);

/** A value as its column holds it: booleans are one-byte blobs, so true never equals 1; the rest is not searched. */
export const cellOf = (value: Value | undefined): Cell => {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  return null;
};

/** The value of a cell. */
export const valueIn = (cell: Cell): Value => (cell instanceof Uint8Array ? cell[0] === 1 : cell);

const column = (field: string): string => (field === 'id' ? 'id' : quoted(`f_${field}`));

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

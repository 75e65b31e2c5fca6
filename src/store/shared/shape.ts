// The declarations that views are made for, as a text that is kept beside them.

import type { Collection } from '../ports.ts';

type Declared = readonly [name: string, ...indexes: readonly (readonly string[])[]];

/** Equal texts: the views of one serve the other. */
export const shapeOf = (collections: readonly Collection[]): string =>
  JSON.stringify(
    collections.map(({ name, indexes }): Declared => [name, ...indexes.map(({ fields, sort }) => [...fields, sort])]),
  );

export const collectionsOf = (shape: string): readonly Collection[] =>
  (JSON.parse(shape) as readonly Declared[]).map(([name, ...indexes]) => ({
    name,
    indexes: indexes.map((index) => ({ fields: index.slice(0, -1), sort: index.at(-1)! })),
  }));

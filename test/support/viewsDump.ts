// Every document of the embedded views that serve, by collection.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { collections, shape } from '../../src/projections/index.ts';
import { folderOf } from '../../src/store/embedded/viewFiles.ts';
import { viewsDirectory } from '../../src/stores.ts';

export const viewsDump = (dataDir: string): Record<string, unknown[]> => {
  const directory = folderOf(viewsDirectory(dataDir), shape.version);
  const { generation } = JSON.parse(readFileSync(join(directory, 'views.json'), 'utf8')) as { generation: number };
  const db = new DatabaseSync(join(directory, `views-${generation}.db`), { readOnly: true });
  const docs = collections.map(({ name }) => [
    name,
    db
      .prepare(`SELECT doc FROM "c_${name}" ORDER BY id`)
      .all()
      .map(({ doc }) => JSON.parse(doc as string)),
  ]);
  db.close();
  return Object.fromEntries(docs) as Record<string, unknown[]>;
};

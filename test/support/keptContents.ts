// Everything that a program's blob store holds at present, half-written contents too: to see that nothing is left behind.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { Program } from './program.ts';

const inMongo = async (url: string): Promise<readonly string[]> => {
  const client = new MongoClient(url);
  try {
    const names = ['blobs.files', 'blobs.chunks', 'blobs.uploads'];
    const found = await Promise.all(
      names.map((name) =>
        client
          .db()
          .collection(name)
          .find({}, { projection: { _id: 1 } })
          .toArray(),
      ),
    );
    return found.flatMap((docs, i) => docs.map(({ _id }) => `${names[i]} ${String(_id)}`)).sort();
  } finally {
    await client.close();
  }
};

/** Names of what there is, sorted. */
export const keptContents = async ({ services: { config }, dataDir }: Program): Promise<readonly string[]> =>
  config.MONGODB_URL === undefined
    ? (await readdir(join(dataDir, 'blobs'), { recursive: true })).sort()
    : inMongo(config.MONGODB_URL);

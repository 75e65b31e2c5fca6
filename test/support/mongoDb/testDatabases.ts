// Databases of their own for tests that share one server.

import { type Db, MongoClient } from 'mongodb';
import { afterAll, describe, it } from 'vitest';
import { connectMongo, type MongoConnection } from '../../../src/store/mongoDb/connection.ts';
import { newDatabase, startMongo, type TestMongo, withDatabase } from './startMongo.ts';

export interface TestDatabases {
  readonly server: TestMongo;
  /** Address of a new, empty database; dropped in the end. */
  url(): string;
  /** A new, empty database over a connection for all. */
  db(): Db;
  /** A connection of its own, with the limits of production. */
  connect(url: string): Promise<MongoConnection>;
}

/** Runs `tests` on one server, or says plainly why they are skipped. */
export async function describeOnMongo(name: string, tests: (databases: TestDatabases) => void): Promise<void> {
  const server = await startMongo();
  if ('skipped' in server) {
    console.warn(`${name}: skipped, ${server.skipped}`);
    describe(name, () => it.skip(server.skipped));
    return;
  }
  const client = new MongoClient(server.url);
  const names: string[] = [];
  const connections: MongoConnection[] = [];
  const newName = () => {
    const fresh = newDatabase();
    names.push(fresh);
    return fresh;
  };
  describe(name, () => {
    afterAll(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      if (!server.own) for (const each of names) await client.db(each).dropDatabase();
      await client.close();
      await server.close();
    });
    tests({
      server,
      url: () => withDatabase(server.url, newName()),
      db: () => client.db(newName()),
      async connect(url) {
        const connection = await connectMongo({ url });
        connections.push(connection);
        return connection;
      },
    });
  });
}

// The contract of a key store on MongoDB.

import { afterAll, beforeAll } from 'vitest';
import { openMongoKeyStore } from '../../../src/store/mongoDb/keyStore.ts';
import type { KeyStore } from '../../../src/store/ports.ts';
import { keyStoreContract } from '../../contracts/keyStore.contract.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('keys in MongoDB', ({ db: newDatabase }) => {
  let stores: readonly [KeyStore, KeyStore];
  beforeAll(async () => {
    const db = newDatabase();
    stores = [await openMongoKeyStore({ db }), await openMongoKeyStore({ db })];
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
  });
  keyStoreContract(() => stores);
});

// The contracts of the keys and of the last seal on MongoDB.

import { afterAll, beforeAll, describe } from 'vitest';
import { openMongoKeyStore } from '../../../src/store/mongoDb/keyStore.ts';
import { openLastSeal } from '../../../src/store/mongoDb/lastSeal.ts';
import type { KeyStore, LastSeal } from '../../../src/store/ports.ts';
import { keyStoreContract } from '../../contracts/keyStore.contract.ts';
import { lastSealContract } from '../../contracts/lastSeal.contract.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('in MongoDB', ({ db: newDatabase }) => {
  let stores: readonly [KeyStore, KeyStore];
  beforeAll(async () => {
    const db = newDatabase();
    stores = [await openMongoKeyStore({ db }), await openMongoKeyStore({ db })];
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
  });
  describe('keys', () => keyStoreContract(() => stores));

  let seals: readonly [LastSeal, LastSeal];
  beforeAll(() => {
    const db = newDatabase();
    seals = [openLastSeal(db), openLastSeal(db)];
  });
  describe('the last seal', () => lastSealContract(() => seals));
});

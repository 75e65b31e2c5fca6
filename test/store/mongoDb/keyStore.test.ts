// The contracts of the keys and of the last seal on MongoDB.

import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isFailedSync } from '../../../src/store/cause.ts';
import { KEYS, openMongoKeyStore } from '../../../src/store/mongoDb/keyStore.ts';
import { openLastSeal } from '../../../src/store/mongoDb/lastSeal.ts';
import { KEY_BYTES, type KeyStore, type LastSeal } from '../../../src/store/ports.ts';
import { keyStoreContract } from '../../contracts/keyStore.contract.ts';
import { lastSealContract } from '../../contracts/lastSeal.contract.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('in MongoDB', ({ db: newDatabase, url }) => {
  let stores: readonly [KeyStore, KeyStore];
  beforeAll(async () => {
    const db = newDatabase();
    stores = [await openMongoKeyStore({ db }), await openMongoKeyStore({ db })];
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
  });
  describe('keys', () => keyStoreContract(() => stores));

  test('many who ask at the same moment share one question, and each has their own keys', async () => {
    const client = new MongoClient(url(), { monitorCommands: true });
    onTestFinished(() => client.close());
    const store = await openMongoKeyStore({ db: client.db() });
    const blocks = new Map(Array.from({ length: 40 }, (_, i) => [`of ${i}`, new Uint8Array(randomBytes(KEY_BYTES))]));
    await store.add(blocks);
    let asked = 0;
    client.on('commandStarted', ({ commandName }) => {
      if (commandName === 'find') asked++;
    });
    const found = await Promise.all(Array.from(blocks.keys(), (id) => store.get([id, 'of nobody'])));
    expect(found).toEqual(Array.from(blocks.values(), (keys) => [keys, undefined]));
    expect(asked).toBe(1);
  });

  test('keys that somebody dropped, or replaced by older ones, are no longer used', async () => {
    const db = newDatabase();
    const store = await openMongoKeyStore({ db });
    onTestFinished(() => store.close());
    const isInPlace = (): boolean => {
      try {
        store.mustBeInPlace();
        return true;
      } catch (error) {
        expect(isFailedSync(error)).toBe(true);
        return false;
      }
    };
    await store.add(new Map([['of old', new Uint8Array(randomBytes(KEY_BYTES))]]));
    await store.add(new Map([['made since', new Uint8Array(randomBytes(KEY_BYTES))]]));
    await store.destroy([{ block: 'made since', slot: 0 }]);
    expect(isInPlace()).toBe(true);
    await db.collection<{ _id: string }>(KEYS).deleteOne({ _id: 'made since' });
    await expect.poll(isInPlace).toBe(false);
  });

  let seals: readonly [LastSeal, LastSeal];
  beforeAll(() => {
    const db = newDatabase();
    seals = [openLastSeal(db), openLastSeal(db)];
  });
  describe('the last seal', () => lastSealContract(() => seals));
});

// The contract of a blob store, and what an upload that ended badly leaves.

import { Binary, GridFSBucket, ObjectId } from 'mongodb';
import { expect, it } from 'vitest';
import { openGridFsBlobStore } from '../../../src/store/mongoDb/blobStore.ts';
import { Unavailable } from '../../../src/store/ports.ts';
import { blobStoreContract } from '../../contracts/blobStore.contract.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('contents in MongoDB', ({ server, db: newDatabase, url: newUrl }) => {
  blobStoreContract('GridFS', async () => {
    const db = newDatabase();
    const store = await openGridFsBlobStore({ db });
    return {
      store,
      async kept() {
        const files = await db.collection('blobs.files').find().toArray();
        const rest = ['blobs.chunks', 'blobs.uploads'].map((name) => db.collection(name).countDocuments());
        return [...files.map(({ filename }) => String(filename)), ...(await Promise.all(rest)).map(String)];
      },
      dispose: () => store.close(),
    };
  });

  async function* content(...texts: string[]): AsyncGenerator<Uint8Array> {
    for (const text of texts) yield Buffer.from(text);
  }

  it('what a process left that died in an upload is removed by a later start, and nothing else is', async () => {
    const db = newDatabase();
    const store = await openGridFsBlobStore({ db });
    const { hash } = await store.put(content('kept'), 100);
    const [file] = await db.collection('blobs.files').find().toArray();
    const left = new ObjectId();
    const data = new Binary(Buffer.from('left'));
    await db.collection('blobs.chunks').insertOne({ files_id: left, n: 0, data });
    const uploads = [left, file!._id].map((_id) => ({ _id, at: new Date(0) }));
    await db.collection('blobs.uploads').insertMany(uploads);

    const again = await openGridFsBlobStore({ db });
    expect(await db.collection('blobs.uploads').countDocuments()).toBe(0);
    expect(await db.collection('blobs.chunks').countDocuments()).toBe(1);
    expect(String(await (await again.open(hash)).toArray())).toBe('kept');
  });

  it('lies as GridFS lays files out', async () => {
    const db = newDatabase();
    const store = await openGridFsBlobStore({ db });
    const { hash } = await store.put(content('x'.repeat(300_000), 'end'), 1_000_000);
    const bucket = new GridFSBucket(db, { bucketName: 'blobs' });
    const read = await bucket.openDownloadStreamByName(hash).toArray();
    expect(Buffer.concat(read).toString()).toBe(`${'x'.repeat(300_000)}end`);
  });

  it.skipIf(!server.own)(
    'a server that is away is named, and the same content can be put once it is back',
    async () => {
      const store = await openGridFsBlobStore({ url: newUrl() });
      await server.kill();
      await expect(store.put(content('late'), 100)).rejects.toThrow(Unavailable);
      await server.restart();
      const { hash } = await store.put(content('late'), 100);
      expect(String(await (await store.open(hash)).toArray())).toBe('late');
      await store.close();
    },
  );
});

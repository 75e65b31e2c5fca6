// The blob store on a directory: the contract, and what only files can suffer.

import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedBlobStore } from '../../../src/store/embedded/blobStore.ts';
import { type BlobStore, Missing, Unavailable } from '../../../src/store/ports.ts';
import { blobStoreContract } from '../../contracts/blobStore.contract.ts';

const filesIn = async (directory: string): Promise<readonly string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

blobStoreContract('embedded', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'verbatim-blobs-'));
  const store = await openEmbeddedBlobStore({ directory });
  return {
    store,
    kept: () => filesIn(directory),
    async dispose() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});

describe('blob store on a directory', () => {
  const content = Buffer.from('a picture');
  const hash = createHash('sha256').update(content).digest('hex');
  let root: string;
  let directory: string;
  let store: BlobStore;

  async function* source(): AsyncGenerator<Uint8Array> {
    yield content;
  }
  const text = async (name: string): Promise<string> => {
    let all = '';
    for await (const chunk of await store.open(name)) all += String(chunk);
    return all;
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'verbatim-blobs-'));
    directory = join(root, 'data', 'blobs');
    store = await openEmbeddedBlobStore({ directory });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('names a file by its hash, for its owner alone', async () => {
    await store.put(source(), 100);
    expect(await filesIn(directory)).toEqual([join(directory, hash.slice(0, 2), hash)]);
    expect((await stat(join(directory, hash.slice(0, 2), hash))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('still has every content after it was closed and opened again', async () => {
    await store.put(source(), 100);
    await store.close();
    store = await openEmbeddedBlobStore({ directory });
    expect(await text(hash)).toBe('a picture');
  });

  it('removes what a crash left half-written, when it opens', async () => {
    await store.put(source(), 100);
    await writeFile(join(directory, 'incoming', 'half'), 'half a pict');
    store = await openEmbeddedBlobStore({ directory });
    expect(await filesIn(directory)).toEqual([join(directory, hash.slice(0, 2), hash)]);
  });

  it('follows no link planted under the name of a content, and replaces it by the content', async () => {
    await writeFile(join(root, 'private'), 'somebody else’s');
    await mkdir(join(directory, hash.slice(0, 2)));
    await symlink(join(root, 'private'), join(directory, hash.slice(0, 2), hash));
    await expect(store.open(hash)).rejects.toThrow(Missing);
    await store.put(source(), 100);
    expect(await text(hash)).toBe('a picture');
  });

  it('neither reads nor writes through a directory that is a link', async () => {
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere', hash), 'a picture');
    await symlink(join(root, 'elsewhere'), join(directory, hash.slice(0, 2)));
    await expect(store.open(hash)).rejects.toThrow(Missing);
    await rm(join(root, 'elsewhere', hash));
    await expect(store.put(source(), 100)).rejects.toThrow(Unavailable);
    expect(await filesIn(join(root, 'elsewhere'))).toEqual([]);
    expect(await filesIn(join(directory, 'incoming'))).toEqual([]);
  });

  it('serves no other file hard-linked under the name of a content, yet serves one a backup has linked', async () => {
    await writeFile(join(root, 'private'), 'somebody else’s');
    await mkdir(join(directory, hash.slice(0, 2)));
    await link(join(root, 'private'), join(directory, hash.slice(0, 2), hash));
    await expect(store.open(hash)).rejects.toThrow(Missing);
    await store.put(source(), 100);
    await link(join(directory, hash.slice(0, 2), hash), join(root, 'backup'));
    expect(await text(hash)).toBe('a picture');
  });

  it('says a directory under the name of a content is no content', async () => {
    await mkdir(join(directory, hash.slice(0, 2), hash), { recursive: true });
    await expect(store.open(hash)).rejects.toThrow(Missing);
  });

  it('is unavailable, not broken, while its directory cannot be used, and works again when it can', async () => {
    await store.put(source(), 100);
    await rename(directory, join(root, 'away'));
    await writeFile(directory, 'in the way');
    await expect(store.put(source(), 100)).rejects.toThrow(Unavailable);
    await expect(store.open(hash)).rejects.toThrow(Unavailable);
    await rm(directory);
    await rename(join(root, 'away'), directory);
    await store.put(source(), 100);
    expect(await text(hash)).toBe('a picture');
  });

  it('cannot be opened where a file is in the way, and says why', async () => {
    await writeFile(join(root, 'file'), '');
    const opening = openEmbeddedBlobStore({ directory: join(root, 'file', 'blobs') });
    await expect(opening).rejects.toThrow(Unavailable);
    await expect(opening).rejects.toMatchObject({ cause: { code: 'ENOTDIR' } });
  });

  it('takes and gives nothing once closed', async () => {
    await store.put(source(), 100);
    await store.close();
    await expect(store.put(source(), 100)).rejects.toThrow(Unavailable);
    await expect(store.open(hash)).rejects.toThrow(Unavailable);
  });
});

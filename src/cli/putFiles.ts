import { openBlob } from '../store/embedded/blobStore.ts';
import type { BlobStore } from '../store/ports.ts';
import { blobsDirectory } from '../stores.ts';
import { showingEach } from './progressBar.ts';
import { UsageError } from './verb.ts';

/** Puts the files of a backup into a store, which may have some of them. */
export const putFiles = (folder: string, blobs: BlobStore, hashes: readonly string[]): Promise<void> =>
  showingEach('restore files', hashes, async (hash) => {
    const put = await blobs.put(await openBlob(blobsDirectory(folder), hash), Number.POSITIVE_INFINITY);
    if (put.hash !== hash) throw new UsageError(`the file ${hash} changed during the restore`);
  });

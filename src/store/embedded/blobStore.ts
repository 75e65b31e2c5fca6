// Blob store on a directory: one file a content, named by its SHA-256, there whole or not at all.

import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, opendir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Blob, type BlobStore, Missing, TooLarge, Unavailable } from '../ports.ts';
import { makeFolder, syncFolder } from './durable.ts';
import { createPlaces } from './places.ts';

const HASH = /^[0-9a-f]{64}$/;
// A whole file may come as one chunk; hashed at once it would stall every other request.
const PIECE_BYTES = 256 * 1024;
/** The size of a small picture: if there is room for it, there is for most contents. */
const PROBE = new Uint8Array(PIECE_BYTES);
// O_NOFOLLOW: a planted link is not followed. O_NONBLOCK: a planted pipe does not hang. Windows has neither.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens the store in `directory`, made if missing, and removes what a crash left half-written there. One process at
 * most may have it open: take the lock of the data directory before.
 * @throws Unavailable the directory cannot be made or written; `cause` is the error of the file system.
 */
export const openEmbeddedBlobStore = async (options: { readonly directory: string }): Promise<BlobStore> => {
  const directory = resolve(options.directory);
  const incoming = join(directory, 'incoming');
  const places = createPlaces();
  let closed = false;
  await disk(makeFolder(directory));
  await disk(rm(incoming, { recursive: true, force: true }));
  await disk(mkdir(incoming, { mode: 0o700 }));

  /** Runs `work` with the path of a new file, which is removed in the end unless it was moved. */
  const withTemporary = async <T>(work: (path: string) => Promise<T>): Promise<T> => {
    if (closed) throw new Unavailable('blobs');
    const path = join(incoming, randomUUID());
    try {
      return await work(path);
    } finally {
      // The next start removes what cannot be removed now.
      await rm(path, { force: true }).catch(() => undefined);
    }
  };

  return {
    put: (source, limit) =>
      withTemporary(async (path) => {
        const blob = await receive(source, limit, path);
        await places.putting(blob.hash, () => disk(place(path, directory, blob.hash)));
        return blob;
      }),
    async open(hash, range) {
      if (closed) throw new Unavailable('blobs');
      return openBlob(directory, hash, range);
    },
    probe: () => withTemporary(async (path) => void (await receive([PROBE], PROBE.byteLength, path))),
    sweep: async (before, isUsed) => {
      let count = 0;
      for await (const hash of hashesIn(directory)) {
        if (closed) break;
        const file = fileOf(directory, hash);
        if (!(await isOlder(file, before)) || (await isUsed(hash))) continue;
        // It may have been put again while `isUsed` looked.
        const isRemoved = await places.removing(hash, async () => {
          if (!(await isOlder(file, before))) return false;
          await disk(rm(file, { force: true }));
          return true;
        });
        if (isRemoved) count += 1;
      }
      return count;
    },
    remove: async (hash) => {
      if (closed) throw new Unavailable('blobs');
      await disk(rm(fileOf(directory, hash), { force: true }));
    },
    free: () => disk(freeAt(directory)),
    async close() {
      closed = true;
    },
  };
};

/** Bytes that a process without special rights may still write to the disk of `path`. */
export const freeAt = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
};

/** One shard after the other: at no time is the list of all in memory. */
async function* hashesIn(directory: string): AsyncGenerator<string> {
  for await (const shard of await disk(opendir(directory))) {
    if (!shard.isDirectory() || !/^[0-9a-f]{2}$/.test(shard.name)) continue;
    for await (const { name } of await disk(opendir(join(directory, shard.name)))) if (HASH.test(name)) yield name;
  }
}

/** Of the file with a content: was it last put before that moment? False: it is not there. */
const isOlder = async (file: string, before: Date): Promise<boolean> =>
  (await stat(file)
    .catch(() => undefined)
    .then((found) => found?.mtime ?? before)) < before;

/** As `open` of the port, of a directory that is only read: a server may have it open, or it is a backup's. */
export const openBlob = async (directory: string, ...[hash, range]: Parameters<BlobStore['open']>) => {
  if (!HASH.test(hash)) throw new Missing(hash);
  const file = await openWhole(fileOf(directory, hash), hash);
  try {
    return file.createReadStream({ start: range?.start ?? 0, end: range?.end ?? Number.POSITIVE_INFINITY });
  } catch (error) {
    await file.close();
    throw error;
  }
};

/** Streams `source` into a new file, synced to disk. The loop starts at once, so that no error of a stream goes unheard. */
const receive = async (
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
  path: string,
): Promise<Blob> => {
  const create = () => disk(open(path, 'wx', 0o600));
  const hash = createHash('sha256');
  let size = 0;
  let file: FileHandle | undefined;
  try {
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > limit) throw new TooLarge(limit);
      file ??= await create();
      for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        hash.update(piece);
        await disk(file.writeFile(piece));
      }
    }
    file ??= await create();
    await disk(file.sync());
  } finally {
    await file?.close();
  }
  return { hash: hash.digest('hex'), size };
};

/**
 * Moves a synced file to its name, durably. It replaces a file of that name: one way for new and known contents, so
 * that no client can tell from the time what others have stored, and a damaged file heals. If only the last sync fails, the
 * file stays: it may be somebody else's, and unreferenced it harms nobody.
 */
const place = async (temporary: string, directory: string, hash: string): Promise<void> => {
  const file = fileOf(directory, hash);
  const shard = dirname(file);
  await mkdir(shard, { recursive: true, mode: 0o700 });
  if (!(await isDirectory(shard))) throw new Error(`${shard} is not a directory`);
  await rename(temporary, file);
  // Always the parent too: another put may have made the shard a moment ago and not synced it yet.
  await syncFolder(shard);
  await syncFolder(directory);
};

/** @throws Missing for everything under that name but a regular file that is ours. */
const openWhole = async (path: string, hash: string): Promise<FileHandle> => {
  const file = await isDirectory(dirname(path))
    .then((isShard) => (isShard ? open(path, OPEN_FLAGS) : undefined))
    .catch((cause: NodeJS.ErrnoException) => {
      // ELOOP is O_NOFOLLOW's word for a link.
      if (cause.code === 'ENOENT' || cause.code === 'ELOOP') return undefined;
      throw new Unavailable('blobs', cause);
    });
  if (file === undefined) throw new Missing(hash);
  try {
    const stat = await disk(file.stat());
    // A second link is a backup's, or planted to make us serve another file: the content tells.
    if (!stat.isFile() || (stat.nlink > 1 && (await disk(hashOf(file))) !== hash)) throw new Missing(hash);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
};

const hashOf = async (file: FileHandle): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
  return hash.digest('hex');
};

const fileOf = (directory: string, hash: string): string => join(directory, hash.slice(0, 2), hash);

const isDirectory = async (path: string): Promise<boolean> => (await lstat(path)).isDirectory();

/** For the caller every failure of the file system means: not now. */
const disk = <T>(work: Promise<T>): Promise<T> =>
  work.catch((cause: unknown) => {
    throw new Unavailable('blobs', cause);
  });

// Blob store on a directory: one file a content, named by its SHA-256, there whole or not at all.

import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Blob, type BlobStore, Missing, TooLarge, Unavailable } from '../ports.ts';
import { makeFolder, syncFolder } from './durable.ts';

const HASH = /^[0-9a-f]{64}$/;
// A whole file may come as one chunk; hashed at once it would stall every other request.
const PIECE_BYTES = 256 * 1024;
/** About a small picture: where this finds room, most contents do. */
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
  let closed = false;
  await disk(prepare(directory, incoming));

  return {
    async put(source, limit) {
      if (closed) throw new Unavailable('blobs');
      const temporary = join(incoming, randomUUID());
      try {
        const blob = await receive(source, limit, temporary);
        await disk(place(temporary, directory, blob.hash));
        return blob;
      } catch (error) {
        // The first error is the one to tell; what cannot be removed now goes at the next start.
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
    },

    async open(hash, range) {
      if (closed) throw new Unavailable('blobs');
      return openBlob(directory, hash, range);
    },

    async probe() {
      if (closed) throw new Unavailable('blobs');
      const temporary = join(incoming, randomUUID());
      try {
        await receive([PROBE], PROBE.byteLength, temporary);
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },

    async close() {
      closed = true;
    },
  };
};

/** As `open` of the port, of a directory that is only read: a server may have it open, or it is a backup's. */
export const openBlob = async (
  directory: string,
  hash: string,
  range?: Parameters<BlobStore['open']>[1],
): ReturnType<BlobStore['open']> => {
  if (!HASH.test(hash)) throw new Missing('no content of that name');
  const file = await openWhole(directory, hash);
  try {
    return file.createReadStream({ start: range?.start ?? 0, end: range?.end ?? Number.POSITIVE_INFINITY });
  } catch (error) {
    await file.close();
    throw error;
  }
};

const prepare = async (directory: string, incoming: string): Promise<void> => {
  await makeFolder(directory);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { mode: 0o700 });
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
 * that time tells nobody what others have stored, and a damaged file heals. When only the last sync fails the file
 * stays: it may be somebody else's, and unreferenced it harms nobody.
 */
const place = async (temporary: string, directory: string, hash: string): Promise<void> => {
  const shard = shardOf(directory, hash);
  await mkdir(shard, { recursive: true, mode: 0o700 });
  if (!(await isDirectory(shard))) throw new Error(`${shard} is not a directory`);
  await rename(temporary, join(shard, hash));
  // Always the parent too: another put may have made the shard a moment ago and not synced it yet.
  await syncFolder(shard);
  await syncFolder(directory);
};

/** @throws Missing for everything under that name but a regular file that is ours. */
const openWhole = async (directory: string, hash: string): Promise<FileHandle> => {
  const shard = shardOf(directory, hash);
  const file = await find(async () => {
    if (!(await isDirectory(shard))) throw new Missing('no content of that name');
    return await open(join(shard, hash), OPEN_FLAGS);
  });
  try {
    const stat = await disk(file.stat());
    if (!stat.isFile()) throw new Missing('no content of that name');
    // A second link is a backup's, or planted to make us serve another file: the content tells.
    if (stat.nlink > 1 && (await disk(hashOf(file))) !== hash) throw new Missing('no content of that name');
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

const shardOf = (directory: string, hash: string): string => join(directory, hash.slice(0, 2));

const isDirectory = async (path: string): Promise<boolean> => (await lstat(path)).isDirectory();

/** Every error of the file system means the same to a caller: not now. */
const disk = <T>(work: Promise<T>): Promise<T> =>
  work.catch((cause: unknown) => {
    throw new Unavailable('blobs', cause);
  });

/** As `disk`, but what is not there is missing; ELOOP is O_NOFOLLOW's word for a link. */
const find = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof Missing || cause.code === 'ENOENT' || cause.code === 'ELOOP')
      throw new Missing('no content of that name');
    throw new Unavailable('blobs', cause);
  });

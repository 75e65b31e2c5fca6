// Contents in MongoDB, laid out as GridFS lays them out, so that any GridFS tool reads them: the hash is the file's name.
// Chunks come first and the file last, so that an upload is not to be seen before it is whole.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Binary, type Collection, ObjectId, type OptionalUnlessRequiredId } from 'mongodb';
import { type Blob, type BlobStore, Missing, TooLarge } from '../ports.ts';
import {
  connectMongo,
  isDuplicateKey,
  KEPT,
  type MongoSource,
  OPEN_PATIENCE_MS,
  REPLICATED,
  repeat,
} from './connection.ts';

interface File {
  readonly _id: ObjectId;
  readonly filename: string;
  readonly length: number;
  readonly chunkSize: number;
  readonly uploadDate: Date;
}

interface Chunk {
  readonly _id: ObjectId;
  readonly files_id: ObjectId;
  readonly n: number;
  readonly data: Binary;
}

/** An upload under way: what a crash leaves of it is found by this. */
interface Upload {
  readonly _id: ObjectId;
  readonly at: Date;
}

interface Bucket {
  readonly files: Collection<File>;
  readonly chunks: Collection<Chunk>;
  readonly uploads: Collection<Upload>;
}

const HASH = /^[0-9a-f]{64}$/;
/** GridFS's own default. */
const CHUNK_SIZE = 255 * 1024;
/** Chunks a reader asks for at once. No cursor stays open between, so that a slow reader outlives any. */
const READ_AHEAD = 4;
const PATIENCE_MS = 2_000;
/** No upload lasts so long: what is left of it was left by a process that died. */
const ABANDONED_MS = 24 * 3_600_000;

/** Makes what is missing of indexes, and removes what uploads of dead processes left. @throws Unavailable */
export const openGridFsBlobStore = async (source: MongoSource): Promise<BlobStore> => {
  const { db, close } = connectMongo(source);
  const bucket: Bucket = {
    files: db.collection('blobs.files', { writeConcern: KEPT }),
    chunks: db.collection('blobs.chunks', { writeConcern: REPLICATED }),
    uploads: db.collection('blobs.uploads', { writeConcern: REPLICATED }),
  };
  try {
    await repeat('blobs', OPEN_PATIENCE_MS, () => prepare(bucket));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    put: (content, limit) => put(bucket, content, limit),
    async open(hash, range) {
      if (!HASH.test(hash)) throw new Missing(hash);
      const file = await repeat('blobs', PATIENCE_MS, () => bucket.files.findOne({ filename: hash }));
      if (file === null) throw new Missing(hash);
      const last = file.length - 1;
      const bytes = read(bucket, file, range?.start ?? 0, Math.min(range?.end ?? last, last));
      return Readable.from(bytes, { objectMode: false });
    },
    // The server answers: more it does not tell.
    probe: async () =>
      void (await repeat('blobs', PATIENCE_MS, () => bucket.files.findOne({}, { projection: { _id: 1 } }))),
    close,
  };
};

const prepare = async (bucket: Bucket): Promise<void> => {
  await bucket.files.createIndex({ filename: 1 }, { unique: true });
  await bucket.chunks.createIndex({ files_id: 1, n: 1 }, { unique: true });
  await bucket.uploads.createIndex({ at: 1 });
  const left = await bucket.uploads.find({ at: { $lt: new Date(Date.now() - ABANDONED_MS) } }).toArray();
  for (const { _id } of left) await finish(bucket, _id, (await bucket.files.findOne({ _id })) !== null);
};

const put = async (bucket: Bucket, content: AsyncIterable<Uint8Array>, limit: number): Promise<Blob> => {
  const id = new ObjectId();
  const hash = createHash('sha256');
  let size = 0;
  let chunks = 0;
  let kept: boolean | undefined = false;
  try {
    for await (const data of inChunks(content)) {
      if (chunks === 0) await insert(bucket.uploads, { _id: id, at: new Date() });
      await insert(bucket.chunks, { _id: new ObjectId(), files_id: id, n: chunks++, data: new Binary(data) });
    }
    const filename = hash.digest('hex');
    kept = undefined; // not known, if the answer is lost
    kept = await keep(bucket, { _id: id, filename, length: size, chunkSize: CHUNK_SIZE, uploadDate: new Date() });
    return { hash: filename, size };
  } finally {
    // What cannot be told or removed now is left to a later start.
    if (chunks > 0 && kept !== undefined) await finish(bucket, id, kept).catch(() => {});
  }

  /** All of one size but the last, counted and hashed on the way. */
  async function* inChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    const chunk = Buffer.allocUnsafe(CHUNK_SIZE); // used again once it is stored
    let filled = 0;
    for await (const piece of pieces) {
      size += piece.byteLength;
      if (size > limit) throw new TooLarge(limit);
      hash.update(piece);
      for (let at = 0; at < piece.byteLength; ) {
        const part = piece.subarray(at, at + CHUNK_SIZE - filled);
        chunk.set(part, filled);
        at += part.byteLength;
        filled += part.byteLength;
        if (filled < CHUNK_SIZE) continue;
        yield chunk;
        filled = 0;
      }
    }
    if (filled > 0) yield chunk.subarray(0, filled);
  }
};

/** Makes an upload visible; false when the same content is there already. */
const keep = async ({ files }: Bucket, file: File): Promise<boolean> => {
  return repeat('blobs', PATIENCE_MS, async () => {
    try {
      await files.insertOne(file);
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Ours perhaps, if the answer to an earlier try was lost.
      return (await files.findOne({ filename: file.filename }))?._id.equals(file._id) ?? false;
    }
  });
};

/** Ends an upload, without its chunks unless they were kept. */
const finish = async ({ chunks, uploads }: Bucket, id: ObjectId, kept: boolean): Promise<void> => {
  await repeat('blobs', PATIENCE_MS, async () => {
    if (!kept) await chunks.deleteMany({ files_id: id });
    await uploads.deleteOne({ _id: id });
  });
};

/** Inserts once, however often it is tried. */
const insert = async <T extends { readonly _id: ObjectId }>(collection: Collection<T>, document: T): Promise<void> => {
  await repeat('blobs', PATIENCE_MS, async () => {
    try {
      await collection.insertOne(document as OptionalUnlessRequiredId<T>);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  });
};

/** Bytes `start` to `end`, both inclusive. */
async function* read({ chunks }: Bucket, file: File, start: number, end: number): AsyncGenerator<Buffer> {
  const { _id, chunkSize } = file;
  const last = Math.floor(end / chunkSize);
  for (let n = Math.floor(start / chunkSize); n <= last; n += READ_AHEAD) {
    const wanted = { $gte: n, $lt: Math.min(n + READ_AHEAD, last + 1) };
    const some = await repeat('blobs', PATIENCE_MS, () =>
      chunks.find({ files_id: _id, n: wanted }).sort({ n: 1 }).toArray(),
    );
    if (some.length !== wanted.$lt - n) throw new Error(`chunks of ${file.filename} are missing`);
    for (const chunk of some) {
      const from = chunk.n * chunkSize;
      yield Buffer.from(chunk.data.value()).subarray(Math.max(0, start - from), end + 1 - from);
    }
  }
}

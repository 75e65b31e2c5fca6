// Contents in MongoDB, laid out as GridFS lays them out, so that any GridFS tool reads them: the hash is the file's name.
// Chunks come first and the file last, so that an upload is invisible before it is whole.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Binary, type Collection, ObjectId } from 'mongodb';
import { type Blob, type BlobStore, Missing, TooLarge } from '../ports.ts';
import type { MongoSource } from './connection.ts';
import { connectMongo, KEPT, OPEN_PATIENCE_MS, REPLICATED, repeat } from './connection.ts';
import { isDuplicateKey } from './failures.ts';
import { freeOn } from './freeOn.ts';

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

interface Bucket {
  readonly files: Collection<File>;
  readonly chunks: Collection<Chunk>;
  /** Uploads under way, by the id of their file: shows what a crash left of them. */
  readonly uploads: Collection<{ readonly _id: ObjectId; readonly at: Date }>;
}

/** The collections. A backup needs files and chunks. */
export const BLOBS = { files: 'blobs.files', chunks: 'blobs.chunks', uploads: 'blobs.uploads' } as const;

const HASH = /^[0-9a-f]{64}$/;
/** GridFS's own default. */
const CHUNK_SIZE = 255 * 1024;
/** Chunks a reader asks for at once. No cursor stays open between, so that a slow reader outlives any. */
const READ_AHEAD = 4;
const PATIENCE_MS = 2_000;
/** No upload takes longer: a process that died left the older ones. */
const ABANDONED_MS = 24 * 3_600_000;

const patiently = <T>(call: () => Promise<T>): Promise<T> => repeat('blobs', PATIENCE_MS, call);

/** Of an insert: an earlier try made the document, and its answer was lost. */
const ignoreDuplicate = (error: unknown): void => {
  if (!isDuplicateKey(error)) throw error;
};

/** Makes what is missing of indexes, and removes what uploads of dead processes left. @throws Unavailable */
export const openGridFsBlobStore = async (source: MongoSource): Promise<BlobStore> => {
  const { db, close } = await connectMongo(source);
  const bucket: Bucket = {
    files: db.collection(BLOBS.files, { writeConcern: KEPT }),
    chunks: db.collection(BLOBS.chunks, { writeConcern: REPLICATED }),
    uploads: db.collection(BLOBS.uploads, { writeConcern: REPLICATED }),
  };
  await repeat('blobs', OPEN_PATIENCE_MS, () => makeIndexes(bucket).then(() => removeLeftovers(bucket))).catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  return {
    put: (content, limit) => put(bucket, content, limit),
    async open(hash, range) {
      if (!HASH.test(hash)) throw new Missing(hash);
      const file = await patiently(() => bucket.files.findOne({ filename: hash }));
      if (file === null) throw new Missing(hash);
      const last = file.length - 1;
      const bytes = read(bucket, file, range?.start ?? 0, Math.min(range?.end ?? last, last));
      return Readable.from(bytes, { objectMode: false });
    },
    // An upload that ends at once: a server that only reads would answer a question.
    probe: async () => {
      const upload = { _id: new ObjectId(), at: new Date() };
      await patiently(() => bucket.uploads.insertOne(upload).catch(ignoreDuplicate));
      await finish(bucket, upload._id, true);
    },
    async sweep(before, isUsed) {
      await patiently(() => removeLeftovers(bucket));
      let count = 0;
      for await (const file of filesBefore(bucket, before))
        if (!(await isUsed(file.filename)) && (await remove(bucket, file))) count += 1;
      return count;
    },
    async remove(hash) {
      const file = await patiently(() => bucket.files.findOne({ filename: hash }));
      if (file !== null) await remove(bucket, file);
    },
    free: freeOn(db),
    close,
  };
};

const makeIndexes = async (bucket: Bucket): Promise<void> => {
  await bucket.files.createIndex({ filename: 1 }, { unique: true });
  await bucket.chunks.createIndex({ files_id: 1, n: 1 }, { unique: true });
  await bucket.uploads.createIndex({ at: 1 });
};

/** Of uploads whose process died, and of removals. */
const removeLeftovers = async (bucket: Bucket): Promise<void> => {
  const left = await bucket.uploads.find({ at: { $lt: new Date(Date.now() - ABANDONED_MS) } }).toArray();
  for (const { _id } of left) await finish(bucket, _id, (await bucket.files.findOne({ _id })) !== null);
};

const put = async (bucket: Bucket, content: AsyncIterable<Uint8Array>, limit: number): Promise<Blob> => {
  const id = new ObjectId();
  const hash = createHash('sha256');
  let size = 0;
  let chunks = 0;
  let kept: boolean | undefined = false;

  /** All of one size but the last, counted and hashed on the way. */
  async function* inChunks(): AsyncGenerator<Buffer> {
    const chunk = Buffer.allocUnsafe(CHUNK_SIZE); // used again once it is stored
    let filled = 0;
    for await (const piece of content) {
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

  try {
    for await (const data of inChunks()) {
      if (chunks === 0) {
        const upload = { _id: id, at: new Date() };
        await patiently(() => bucket.uploads.insertOne(upload).catch(ignoreDuplicate));
      }
      const chunk = { _id: new ObjectId(), files_id: id, n: chunks++, data: new Binary(data) };
      await patiently(() => bucket.chunks.insertOne(chunk).catch(ignoreDuplicate));
    }
    const filename = hash.digest('hex');
    kept = undefined; // unknown, if the answer is lost
    kept = await keep(bucket, { _id: id, filename, length: size, chunkSize: CHUNK_SIZE, uploadDate: new Date() });
    return { hash: filename, size };
  } finally {
    // A later start removes what this cannot.
    if (chunks > 0 && kept !== undefined) await finish(bucket, id, kept).catch(() => {});
  }
};

/** Makes an upload visible; false when the same content is there already. */
const keep = ({ files }: Pick<Bucket, 'files'>, file: File): Promise<boolean> =>
  patiently(async () => {
    try {
      await files.insertOne(file);
      return true;
    } catch (error) {
      ignoreDuplicate(error);
    }
    // It counts as put now, so that no sweep removes it. It is ours perhaps, if the answer to an earlier try was lost.
    const { filename, uploadDate } = file;
    const found = await files.findOneAndUpdate({ filename }, { $set: { uploadDate } });
    // A sweep has removed it since the first line: now there is room for ours.
    return found === null ? keep({ files }, file) : found._id.equals(file._id);
  });

const SWEPT_TOGETHER = 100;

/** The files that were last put before that moment, a page at a time. */
async function* filesBefore({ files }: Bucket, before: Date): AsyncGenerator<File> {
  for (let last: ObjectId | undefined; ; ) {
    const later = last === undefined ? {} : { _id: { $gt: last } };
    const wanted = { uploadDate: { $lt: before }, ...later };
    const page = await patiently(() => files.find(wanted).sort({ _id: 1 }).limit(SWEPT_TOGETHER).toArray());
    yield* page;
    if (page.length < SWEPT_TOGETHER) return;
    last = page.at(-1)!._id;
  }
}

/** Removes a file as if it were an upload that failed. False: it was put again since somebody found it. */
const remove = async (bucket: Bucket, { _id, uploadDate }: File): Promise<boolean> => {
  await patiently(() => bucket.uploads.insertOne({ _id, at: new Date() }).catch(ignoreDuplicate));
  await patiently(() => bucket.files.deleteOne({ _id, uploadDate }));
  // Asked, not counted: the answer to the first of several tries may be lost.
  const isThere = (await patiently(() => bucket.files.findOne({ _id }))) !== null;
  await finish(bucket, _id, isThere);
  return !isThere;
};

/** Ends an upload, without its chunks unless they were kept. */
const finish = ({ chunks, uploads }: Bucket, id: ObjectId, kept: boolean): Promise<void> =>
  patiently(async () => {
    if (!kept) await chunks.deleteMany({ files_id: id });
    await uploads.deleteOne({ _id: id });
  });

/** Bytes `start` to `end`, both inclusive. */
async function* read({ chunks }: Bucket, file: File, start: number, end: number): AsyncGenerator<Buffer> {
  const { _id, chunkSize } = file;
  const last = Math.floor(end / chunkSize);
  for (let n = Math.floor(start / chunkSize); n <= last; n += READ_AHEAD) {
    const wanted = { $gte: n, $lt: Math.min(n + READ_AHEAD, last + 1) };
    const some = await patiently(() => chunks.find({ files_id: _id, n: wanted }).sort({ n: 1 }).toArray());
    if (some.length !== wanted.$lt - n) throw new Error(`chunks of ${file.filename} are missing`);
    for (const chunk of some) {
      const from = chunk.n * chunkSize;
      yield Buffer.from(chunk.data.value()).subarray(Math.max(0, start - from), end + 1 - from);
    }
  }
}

// The content of a file lies encrypted in the store, under a key of its own that stands in the private part of the file's event:
// AES-256 in counter mode, so that any range can be read by itself. Its name in the store is the hash of the encrypted form,
// which tells a changed byte.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import type { DataOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { type BlobStore, KEY_BYTES } from '../store/ports.ts';

const ALGORITHM = 'aes-256-ctr';
const BLOCK = 16;

/** Each key encrypts one content, so the counter may begin at zero. */
const counterAt = (block: number): Buffer => {
  const counter = Buffer.alloc(BLOCK);
  counter.writeBigUInt64BE(BigInt(block), BLOCK - 8);
  return counter;
};

export const newContentKey = (): string => randomBytes(KEY_BYTES).toString('base64url');

/** `key`: base64url. */
export async function* encrypted(content: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  const cipher = createCipheriv(ALGORITHM, Buffer.from(key, 'base64url'), counterAt(0));
  for await (const chunk of content) yield cipher.update(chunk);
}

/** The content, or the bytes `start` to `end` of it. @throws Refused `file-unknown` it was erased; Missing */
export const openContent = async (
  blobs: Pick<BlobStore, 'open'>,
  { hash, contentKey }: Pick<DataOf<'FileStored'>, 'hash' | 'contentKey'>,
  range?: { readonly start: number; readonly end: number },
): Promise<Readable> => {
  if (contentKey === undefined) throw new Refused('file-unknown');
  const start = range?.start ?? 0;
  const counter = counterAt(Math.floor(start / BLOCK));
  const decipher = createDecipheriv(ALGORITHM, Buffer.from(contentKey, 'base64url'), counter);
  decipher.update(Buffer.alloc(start % BLOCK));
  // Whoever reads it sees the failure of the store: the pipeline destroys both ends.
  return pipeline(await blobs.open(hash, range), decipher, () => undefined);
};

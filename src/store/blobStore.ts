// The port of the contents of files.

import type { Readable } from 'node:stream';

export interface Blob {
  /** SHA-256 of the content in hex: its name. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

export interface BlobStore {
  /**
   * Keeps a content, streamed; durable when it resolves. Nothing is left behind when it rejects.
   * @throws TooLarge beyond `limit` bytes; or the error of `source`.
   */
  put(source: AsyncIterable<Uint8Array>, limit: number): Promise<Blob>;
  /** The content, or the bytes `start` to `end` of it, both inclusive. @throws Missing */
  open(hash: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>;
  /** Finds out whether the store takes contents again after one failed, and keeps nothing. @throws Unavailable */
  probe(): Promise<void>;
  /**
   * Removes each content that was last put before that moment, unless `isUsed`; a content that is put meanwhile stays. Also
   * removes what uploads that died have left. @returns how many contents were removed
   */
  sweep(before: Date, isUsed: (hash: string) => Promise<boolean>): Promise<number>;
  /** Removes a content that nobody else puts or has. One that is not there is no error. @throws Unavailable */
  remove(hash: string): Promise<void>;
  /** Bytes that are free where the contents lie. Undefined: nobody can tell. @throws Unavailable */
  free(): Promise<number | undefined>;
  close(): Promise<void>;
}

// The parts of a multipart body: small fields, which are collected, and files, which are kept while they arrive.

import type { Readable } from 'node:stream';
import { HttpFailure } from '../api/failures.ts';
import type { PartHeaders } from './multipartHeaders.ts';

/** A file while it arrives. The receiver reads `content` to its end, or fails. */
export interface Upload {
  /** Name of the form field; empty if the whole body is the file. */
  readonly field: string;
  /** The sender's name for it: do not trust it. */
  readonly name: string;
  /** The sender's word for it: do not trust it. */
  readonly mediaType: string;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Multipart<Kept> {
  /** All values of each field, in the order of arrival. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly files: readonly { readonly field: string; readonly kept: Kept }[];
}

export interface MultipartLimits {
  /** Bytes of the whole body at most. */
  readonly bytes: number;
  /** Bytes at most of all fields that are not files. */
  readonly fieldBytes: number;
  readonly fields: number;
  readonly files: number;
}

/** A part that was read: a field, or a file. */
export interface Taken<Kept> {
  readonly pair?: readonly [field: string, value: string];
  readonly file?: Multipart<Kept>['files'][number];
}

/** Yields `first` and `rest`, and ends once the whole body has ended well. */
async function* untilEndOf(whole: Promise<void>, first: readonly Buffer[], rest: AsyncIterable<Buffer>) {
  yield* first;
  yield* rest;
  await whole;
}

/** `whole`: resolves once the whole body has ended well. Undefined: the part says nothing. */
export const partReader = <Kept>(
  limits: MultipartLimits,
  keep: (upload: Upload) => Promise<Kept>,
  whole: Promise<void>,
) => {
  const count = { fields: 0, files: 0, fieldBytes: 0 };

  const gather = async (part: Readable, field: string) => {
    if (++count.fields > limits.fields) throw new HttpFailure('too-large');
    const chunks: Buffer[] = [];
    for await (const chunk of part as AsyncIterable<Buffer>) {
      count.fieldBytes += chunk.length;
      if (count.fieldBytes > limits.fieldBytes) throw new HttpFailure('too-large');
      chunks.push(chunk);
    }
    return { pair: [field, Buffer.concat(chunks).toString()] as const };
  };

  const store = async (part: Readable, { field, fileName = '', mediaType }: PartHeaders) => {
    const rest = part[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
    const first = await rest.next();
    // Browsers send an empty file input as a part without a file name and without bytes.
    if (first.done && fileName === '') return undefined;
    if (++count.files > limits.files) throw new HttpFailure('too-large');
    const content = untilEndOf(whole, first.done ? [] : [first.value], rest);
    const kept = await keep({ field, name: fileName, mediaType: mediaType || 'application/octet-stream', content });
    return { file: { field, kept } };
  };

  return async (part: Readable, headers: PartHeaders | undefined): Promise<Taken<Kept> | undefined> => {
    if (headers?.fileName !== undefined) return store(part, headers);
    if (headers !== undefined) return gather(part, headers.field);
    part.resume();
    return undefined;
  };
};

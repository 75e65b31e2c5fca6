// Multipart bodies, streamed: small fields are gathered, files go straight to where they are kept.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { HttpFailure } from '../api/failures.ts';
import { type PartHeaders, partHeadersOf } from './partHeaders.ts';
import { takeBody } from './readBytes.ts';

/** A file while it comes in. `content` must be read to its end, or fail. */
export interface Upload {
  /** Name of the form field; of a whole body, empty. */
  readonly field: string;
  /** As the sender names it: not to be trusted. */
  readonly name: string;
  /** As the sender says: not to be trusted. */
  readonly mediaType: string;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Multipart<Kept> {
  /** Of each field every value, in the order in which they came. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly files: readonly { readonly field: string; readonly kept: Kept }[];
}

export interface MultipartLimits {
  /** Bytes of the whole body. */
  readonly bytes: number;
  /** Bytes of all fields that are not files. */
  readonly fieldBytes: number;
  readonly fields: number;
  readonly files: number;
}

type Taken<Kept> = { readonly field: string; readonly value: string } | { readonly field: string; readonly kept: Kept };

const boundaryOf = ({ headers }: IncomingMessage): string => {
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s";]{1,200}))/i.exec(headers['content-type'] ?? '');
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw new HttpFailure('malformed-body');
  return boundary;
};

const LIMITS = { maxHeaderPairs: 50, maxHeaderSize: 16 * 1024 };

/** The bytes of `first` and `rest`, once the whole body has ended well. */
async function* untilEndOf(
  whole: Promise<void>,
  first: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
  await whole;
}

const empty = (): undefined => undefined;

/**
 * Reads a multipart body. Each file is given to `keep` while it comes in; its content ends when the whole body has, and
 * with an error when anything in the body fails, so that nothing of it is kept. The splitter is fed from here and
 * awaited, and its streams only ever end in `failed`: nothing that a body says can throw elsewhere.
 * @throws HttpFailure `malformed-body`, `too-large`, `request-aborted`; TooLarge; whatever `keep` throws.
 */
export const readMultipart = async <Kept>(
  req: IncomingMessage,
  limits: MultipartLimits,
  keep: (upload: Upload) => Promise<Kept>,
): Promise<Multipart<Kept>> => {
  const splitter = new Dicer({ boundary: boundaryOf(req), ...LIMITS });
  const body = takeBody(req, limits.bytes);
  const whole = Promise.withResolvers<void>();
  whole.promise.catch(empty);
  const stopping = new AbortController();
  const taking: Promise<Taken<Kept> | undefined>[] = [];
  const parts: Readable[] = [];
  const count = { fields: 0, files: 0, fieldBytes: 0 };

  const fail = (error: Error): void => {
    if (stopping.signal.aborted) return;
    stopping.abort(error);
    whole.reject(error);
    body.destroy(error);
    for (const part of parts) part.destroy(error);
  };

  const gather = async (part: Readable, field: string): Promise<Taken<Kept>> => {
    if (++count.fields > limits.fields) throw new HttpFailure('too-large');
    const chunks: Buffer[] = [];
    for await (const chunk of part as AsyncIterable<Buffer>) {
      count.fieldBytes += chunk.length;
      if (count.fieldBytes > limits.fieldBytes) throw new HttpFailure('too-large');
      chunks.push(chunk);
    }
    return { field, value: Buffer.concat(chunks).toString() };
  };

  const store = async (part: Readable, { field, fileName = '', mediaType }: PartHeaders) => {
    const rest = part[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
    const first = await rest.next();
    // A browser sends a file input that was left empty as a part without name and bytes.
    if (first.done && fileName === '') return undefined;
    if (++count.files > limits.files) throw new HttpFailure('too-large');
    const content = untilEndOf(whole.promise, first.done ? [] : [first.value], rest);
    const kept = await keep({ field, name: fileName, mediaType: mediaType || 'application/octet-stream', content });
    return { field, kept };
  };

  const take = async (part: Readable, header: Readonly<Record<string, readonly string[]>>) => {
    if (parts.length > limits.fields + limits.files) throw new HttpFailure('too-large');
    const headers = partHeadersOf(header);
    if (headers?.fileName !== undefined) return store(part, headers);
    if (headers !== undefined) return gather(part, headers.field);
    part.resume();
    return undefined;
  };

  // Said once the last part has been read, which may be before the body ends.
  const finished = once(splitter, 'finish', { signal: stopping.signal });
  finished.catch(empty);
  splitter.on('error', (cause) => fail(new HttpFailure('malformed-body', { cause })));
  splitter.on('part', (part) => {
    part.on('error', empty); // told by the splitter too
    parts.push(part);
    part.on('header', (header) => {
      const taken = take(part, header as never);
      taken.catch(fail);
      taking.push(taken);
    });
  });

  try {
    for await (const chunk of body) {
      if (!splitter.write(chunk)) await once(splitter, 'drain', { signal: stopping.signal });
      stopping.signal.throwIfAborted();
    }
    splitter.end();
    await finished;
    // The splitter passes over a part that ends within its headers.
    if (taking.length < parts.length) throw new HttpFailure('malformed-body');
    whole.resolve();
    return sorted(await Promise.all(taking));
  } catch (error) {
    fail(error as Error);
    await Promise.allSettled(taking);
    throw stopping.signal.reason;
  }
};

const sorted = <Kept>(taken: readonly (Taken<Kept> | undefined)[]): Multipart<Kept> => {
  const fields = new Map<string, string[]>();
  const files: { field: string; kept: Kept }[] = [];
  for (const part of taken) {
    if (part === undefined) continue;
    if ('kept' in part) files.push(part);
    else if (!fields.get(part.field)?.push(part.value)) fields.set(part.field, [part.value]);
  }
  return { fields, files };
};

// Multipart bodies, streamed: small fields are gathered, files go straight to where they are kept.

import type { IncomingMessage } from 'node:http';
import { PassThrough, Transform } from 'node:stream';
import { koaBody } from 'koa-body';
import { TooLarge } from '../store/ports.ts';
import { HttpFailure } from './failures.ts';

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

interface Part {
  name: string | null;
  originalFilename: string | null;
  mimetype: string | null;
}

/** Passes on at most `limit` bytes of a request, with its headers: enough of a request for the parser. */
const limited = (req: IncomingMessage, limit: number): Transform & { headers: IncomingMessage['headers'] } => {
  let bytes = 0;
  const through = new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      done(bytes > limit ? new TooLarge(limit) : null, chunk);
    },
  });
  return Object.assign(through, { headers: req.headers });
};

/** A part with a file name is a file, and no other is, whatever it says or does not say of its type. */
const settleKind = (part: Part): void => {
  if (part.originalFilename === null) part.mimetype = null;
  else part.mimetype ||= 'application/octet-stream';
};

/** A content that ends only when the body it is part of has ended well. */
async function* untilEndOf(whole: Promise<void>, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* content;
  await whole;
}

const asFailure = (error: unknown): unknown => {
  if (!(error instanceof Error) || !('httpCode' in error)) return error;
  return error.httpCode === 413
    ? new HttpFailure('too-large', { cause: error })
    : new HttpFailure('malformed-body', { cause: error });
};

/**
 * Reads a multipart body. Each file is given to `keep` while it comes in; its content ends when the whole body has, and
 * with an error when anything in the body fails, so that nothing of it is kept.
 * @throws HttpFailure `malformed-body`, `too-large`; TooLarge; whatever `keep` throws.
 */
export const readMultipart = async <Kept>(
  req: IncomingMessage,
  limits: MultipartLimits,
  keep: (upload: Upload) => Promise<Kept>,
): Promise<Multipart<Kept>> => {
  const source = limited(req, limits.bytes);
  const fields = new Map<string, string[]>();
  const keeping: Promise<{ field: string; kept: Kept }>[] = [];
  const names = new WeakMap<object, string>();
  const whole = Promise.withResolvers<void>();
  whole.promise.catch(() => undefined);

  const contents: PassThrough[] = [];
  let hasFailed = false;
  let refused: Error | undefined;

  const receive = (file: object): PassThrough => {
    const { originalFilename, mimetype } = file as Part;
    const content = new PassThrough();
    contents.push(content);
    // The parser opens a file that it came upon before it failed.
    if (hasFailed) return content.destroy();
    // Only told the field's name when the file begins, which is before it is opened.
    const field = names.get(file) ?? '';
    const name = originalFilename ?? '';
    const upload = { field, name, mediaType: mimetype ?? '', content: untilEndOf(whole.promise, content) };
    const made = keep(upload).then((kept) => ({ field, kept }));
    made.catch((error: unknown) => {
      refused ??= error as Error;
      source.destroy(refused);
    });
    keeping.push(made);
    return content;
  };

  const parse = koaBody({
    json: false,
    urlencoded: false,
    text: false,
    multipart: true,
    patchKoa: false,
    formidable: {
      maxFields: limits.fields,
      maxFieldsSize: limits.fieldBytes,
      maxFiles: limits.files,
      maxFileSize: limits.bytes,
      maxTotalFileSize: limits.bytes,
      allowEmptyFiles: true,
      minFileSize: 0,
      fileWriteStreamHandler: receive as never,
      onFileBegin: (name, file) => void names.set(file, name),
      onPart: (part, handlePart) => {
        settleKind(part as unknown as Part);
        if ((part as unknown as Part).mimetype === null) gather(part as never);
        handlePart(part);
      },
    },
  });
  const gather = (part: Part & NodeJS.EventEmitter): void => {
    const chunks: Buffer[] = [];
    part.on('data', (chunk: Buffer) => chunks.push(chunk));
    part.on('end', () => {
      const name = part.name ?? '';
      fields.set(name, [...(fields.get(name) ?? []), Buffer.concat(chunks).toString()]);
    });
  };

  // Not by `pipeline`: it would end the connection with the body, and the answer with it.
  req.pipe(source);
  req.on('close', () => {
    if (!req.complete) source.destroy(new HttpFailure('request-aborted'));
  });
  const request = { method: 'POST', req: source, request: {}, is: () => 'multipart/form-data' };
  try {
    await parse(request as never, async () => undefined);
    // A short body was read to its end by then.
    if (refused) throw refused;
    whole.resolve();
    return { fields, files: await Promise.all(keeping) };
  } catch (error) {
    // Now, not when `source` has closed: that would pause a request which is being drained by then.
    req.unpipe(source);
    hasFailed = true;
    whole.reject(error);
    // The parser forgets those that it had not opened yet.
    for (const content of contents) content.destroy();
    source.destroy(error instanceof Error ? error : undefined);
    await Promise.allSettled(keeping);
    throw asFailure(source.errored ?? error);
  }
};

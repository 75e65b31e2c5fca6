// Reads request bodies for all routes: JSON, forms, multipart with files.

import { isUtf8 } from 'node:buffer';
import { koaBody } from 'koa-body';
import { HttpFailure } from '../api/failures.ts';
import { parseJson } from '../api/json.ts';
import { TooLarge } from '../store/ports.ts';
import type { Context } from './context.ts';
import { readMultipart, valuesByName } from './multipart.ts';
import type { Multipart, MultipartLimits, Upload } from './multipartParts.ts';
import { checkLength, checkReadable, hasBody } from './readBytes.ts';

export type { Upload } from './multipartParts.ts';

type Fields = Multipart<never>['fields'];

type Body<Kept> =
  /** The request has no body. */
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly fields: Fields }
  | ({ readonly kind: 'multipart' } & Multipart<Kept>);

type BodyKind = 'json' | 'form' | 'multipart';

interface Options<Kept> {
  /** Accepted kinds; default only JSON. */
  readonly accept?: readonly BodyKind[];
  /** Parses the bytes of a JSON body; default: strict JSON in UTF-8. */
  readonly parseJson?: (bytes: Buffer) => unknown;
  /** Stores a file of a multipart body while it arrives; default: files are refused. */
  readonly keep?: (upload: Upload) => Promise<Kept>;
}

/** At most, in one JSON object, one form and one multipart body. */
const MAX_FIELDS = 1000;
const MAX_FILES = 10;

/** @throws HttpFailure `malformed-json` */
const parseUtf8Json = (bytes: Buffer): unknown => {
  try {
    // `toString` keeps a byte order mark, which is not valid JSON.
    if (!isUtf8(bytes)) throw new SyntaxError('not UTF-8');
    return parseJson(bytes.toString());
  } catch (cause) {
    throw new HttpFailure('malformed-json', { cause });
  }
};

/** Checking a field that nobody knows costs more than reading it, and nothing takes so many. */
const checkFields = (value: unknown): unknown => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject && Object.keys(value).length > MAX_FIELDS) throw new HttpFailure('too-large');
  return value;
};

const parseForm = (bytes: Buffer): Fields => {
  const pairs = [...new URLSearchParams(bytes.toString())];
  if (pairs.length > MAX_FIELDS) throw new HttpFailure('too-large');
  return valuesByName(pairs);
};

const refuse = async (): Promise<never> => {
  throw new HttpFailure('malformed-body');
};

const KINDS: Readonly<Record<string, BodyKind>> = {
  'application/json': 'json',
  'application/x-www-form-urlencoded': 'form',
  'multipart/form-data': 'multipart',
};

/** Does the body declare a character set other than UTF-8? */
const hasOtherCharset = (contentType: string): boolean => {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1];
  return charset !== undefined && !/^utf-?8$/i.test(charset);
};

const kindOf = (contentType: string): BodyKind | undefined => {
  const kind = KINDS[contentType.split(';', 1)[0]!.trim().toLowerCase()];
  return kind !== undefined && kind !== 'multipart' && hasOtherCharset(contentType) ? undefined : kind;
};

/** `limits`: bytes at most of a JSON or form body, and of one file. */
export const createBodyReader = (limits: { readonly body: number; readonly upload: number }) => {
  // One character per byte: the parsers decide which bytes are text, and in which encoding.
  const readText = koaBody({
    json: false,
    urlencoded: false,
    multipart: false,
    text: true,
    textTypes: ['*/*'],
    textLimit: limits.body,
    encoding: 'binary',
    parsedMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as never,
  });
  const multipart: MultipartLimits = {
    bytes: limits.upload + limits.body,
    fieldBytes: limits.body,
    fields: MAX_FIELDS,
    files: MAX_FILES,
  };

  const readBytes = async (ctx: Context): Promise<Buffer> => {
    checkLength(ctx.req, limits.body);
    try {
      await readText(ctx as never, async () => undefined);
    } catch (error) {
      if (error instanceof Error && 'status' in error && error.status === 413) throw new TooLarge(limits.body);
      throw new HttpFailure('request-aborted', { cause: error });
    }
    return Buffer.from((ctx.request as { body?: string }).body ?? '', 'latin1');
  };

  /**
   * The body of the request.
   * @throws HttpFailure `malformed-json`, `malformed-body`, `media-type-unsupported`, `content-encoding-unsupported`,
   *   `request-aborted`; TooLarge; the errors of `parseJson` and `keep`.
   */
  return async <Kept = never>(ctx: Context, options: Options<Kept> = {}): Promise<Body<Kept>> => {
    const { accept = ['json'], parseJson = parseUtf8Json, keep = refuse } = options;
    if (!hasBody(ctx.req)) return { kind: 'none' };
    checkReadable(ctx.req);
    const kind = kindOf(ctx.req.headers['content-type'] ?? '');
    if (kind === undefined || !accept.includes(kind)) throw new HttpFailure('media-type-unsupported');
    if (kind === 'json') return { kind, value: checkFields(parseJson(await readBytes(ctx))) };
    if (kind === 'form') return { kind, fields: parseForm(await readBytes(ctx)) };
    checkLength(ctx.req, multipart.bytes);
    return { kind, ...(await readMultipart<Kept>(ctx.req, multipart, keep)) };
  };
};

export type ReadBody = ReturnType<typeof createBodyReader>;

// The body of a request: JSON or a form, read once for all that ask for it, and the files that came with it.

import { isUtf8 } from 'node:buffer';
import { BeyondBounds } from '../../api/json.ts';
import type { Context } from '../../http/context.ts';
import { NoParts } from '../../http/multipart.ts';
import type { ReadBody, Upload } from '../../http/readBody.ts';
import { type ApiError, detail } from './apiErrors.ts';
import { whyNotJson } from './pythonJson.ts';
import { parseAsSent } from './text.ts';

/** JSON, or the fields of a form with all their values. */
export type Body =
  | { readonly kind: 'json'; readonly data: unknown }
  | { readonly kind: 'form'; readonly values: ReadonlyMap<string, readonly string[]> };

/** A file that came with a form and was stored. */
export interface SentFile {
  readonly field: string;
  readonly fileId: string;
  readonly name: string;
  readonly mediaType: string;
  /** Of its content. */
  readonly hash: string;
}

export interface WholeBody {
  readonly body: Body;
  readonly files: readonly SentFile[];
}

/** Stores a file while it arrives; undefined: the file is left out. */
type Keep = (upload: Upload) => Promise<SentFile | undefined>;
export type ReadOnce = (keep?: Keep) => Promise<WholeBody>;

/** A field as the client sent it, unchecked; of a form, its last value. Undefined: the body has no such field. */
export const rawField = (body: Body, name: string): unknown => {
  if (body.kind === 'form') return body.values.get(name)?.at(-1);
  const { data } = body;
  if (typeof data !== 'object' || data === null || Array.isArray(data) || !Object.hasOwn(data, name)) return undefined;
  return (data as Record<string, unknown>)[name];
};

/** The body as the client sent it, to compare it with a retry: files by their content, since a retry has no other ids. */
export const asSent = ({ body, files }: WholeBody): unknown => [
  body.kind === 'json' ? body.data : Object.fromEntries(body.values),
  files.map(({ field, name, mediaType, hash }) => [field, name, mediaType, hash]),
];

const notJson = (reason: string | undefined): ApiError => detail(400, `JSON parse error - ${reason}`);

/** @throws ApiError 400 */
export const parseJson = (bytes: Buffer): unknown => {
  if (!isUtf8(bytes)) throw notJson(whyNotJson(bytes));
  try {
    return parseAsSent(bytes.toString());
  } catch (error) {
    throw notJson(error instanceof BeyondBounds ? error.message : whyNotJson(bytes));
  }
};

/** Leaves a file out. */
export const discard: Keep = async ({ content }) => {
  for await (const _ of content);
  return undefined;
};

/** The framework looks for parts, and finds none. */
const noFields = (error: unknown) => {
  if (!(error instanceof NoParts)) throw error;
  return { kind: 'form', fields: new Map<string, readonly string[]>() } as const;
};

const read = async (ctx: Context, readBody: ReadBody, keep: Keep): Promise<WholeBody> => {
  const contentType = ctx.req.headers['content-type'] ?? '';
  if (/^multipart\/form-data/i.test(contentType) && !/;\s*boundary=[^;]/i.test(contentType))
    throw detail(400, 'Multipart form parse error - Invalid boundary in multipart: None');
  const found = await readBody(ctx, { accept: ['json', 'form', 'multipart'], parseJson, keep }).catch(noFields);
  if (found.kind === 'none') return { body: { kind: 'json', data: {} }, files: [] };
  if (found.kind === 'json') return { body: { kind: 'json', data: found.value }, files: [] };
  const files = found.kind === 'form' ? [] : found.files.flatMap(({ kept }) => kept ?? []);
  return { body: { kind: 'form', values: found.fields }, files };
};

/** No body at all is an empty object. Only the first call may give `keep`; without it files are left out. */
export const bodyOnce = (ctx: Context, readBody: ReadBody): ReadOnce => {
  let reading: Promise<WholeBody> | undefined;
  return (keep = discard) => {
    reading ??= read(ctx, readBody, keep);
    return reading;
  };
};

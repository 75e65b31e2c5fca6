// Serves a stored file so that a browser runs nothing of it: what could run is only ever downloaded.

import { HttpFailure } from '../api/failures.ts';
import type { BlobStore } from '../store/ports.ts';
import { contentDispositionOf } from './contentDisposition.ts';
import type { Context } from './context.ts';

/** Pictures without scripts, sound and film: shown in place. Anything else is a download of unsaid type. */
const SHOWN = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/wav',
  'audio/x-wav',
  'audio/webm',
  'audio/flac',
  'video/mp4',
  'video/webm',
  'video/ogg',
]);

export interface Served {
  readonly hash: string;
  readonly size: number;
  readonly mediaType: string;
  readonly name: string;
}

type Range = { readonly start: number; readonly end: number };

/**
 * The one range asked for; undefined: the whole (RFC 9110 lets a server pass by what it does not take, as several
 * ranges at once). @throws HttpFailure `range-not-satisfiable`
 */
const rangeOf = (header: string | undefined, size: number): Range | undefined => {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [first, last] = [match[1]!, match[2]!];
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || (first === '' && Number(last) === 0))
    throw new HttpFailure('range-not-satisfiable', { headers: { 'Content-Range': `bytes */${size}` } });
  return { start, end };
};

/** `ifNoneMatch` is a list of tags, or `*`. */
const isKnown = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch?.split(',').some((given) => given.trim().replace(/^W\//, '') === tag || given.trim() === '*') ?? false;

/** `If-Range` with another tag: the client's part is of another content, so it gets the whole. */
const appliesTo = (ifRange: string, tag: string): boolean => ifRange === '' || ifRange === tag;

const headersFor = ({ mediaType, name }: Served, tag: string): Record<string, string> => {
  const shown = SHOWN.has(mediaType);
  return {
    'Content-Type': shown ? mediaType : 'application/octet-stream',
    'Content-Disposition': contentDispositionOf(shown ? 'inline' : 'attachment', name),
    'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    // Kept by the one browser, and asked for each time: who may see it can change.
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': 'bytes',
    ETag: tag,
  };
};

/** The answer to a GET or HEAD of `file`, for somebody who may see it. */
export const serveFile = async (blobs: BlobStore, ctx: Context, file: Served) => {
  const { headers } = ctx.req;
  const tag = `"${file.hash}"`;
  const common = headersFor(file, tag);
  if (isKnown(headers['if-none-match'], tag)) return { status: 304, headers: common };
  const range = appliesTo(ctx.get('If-Range'), tag) ? rangeOf(headers.range, file.size) : undefined;
  const length = range === undefined ? file.size : range.end - range.start + 1;
  const sized = { ...common, 'Content-Length': String(length) };
  const content = ctx.method === 'HEAD' || length === 0 ? '' : await blobs.open(file.hash, range);
  if (range === undefined) return { status: 200, headers: sized, content };
  const placed = { ...sized, 'Content-Range': `bytes ${range.start}-${range.end}/${file.size}` };
  return { status: 206, headers: placed, content };
};

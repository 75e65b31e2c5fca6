// Serves a stored file. A browser shows harmless media and downloads anything that it could run.

import { create as contentDisposition } from 'content-disposition';
import fresh from 'fresh';
import { HttpFailure } from '../api/failures.ts';
import type { Core } from '../commands/core.ts';
import { openContent } from '../commands/fileContent.ts';
import { Refused } from '../domain/refused.ts';
import { breaksOffAlone, ENDED } from './connection.ts';
import type { Context } from './context.ts';

/** Media without scripts: shown in place. Anything else is a download of type `application/octet-stream`. */
const SHOWN =
  /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/(mpeg|mp4|aac|ogg|wav|x-wav|webm|flac)|video\/(mp4|webm|ogg))$/;

interface ServedFile {
  readonly hash: string;
  readonly size: number;
  readonly mediaType: string;
  readonly name: string;
  readonly contentKey?: string | undefined;
  /** Of the event that stored it. Undefined: the views do not have it yet. */
  readonly eventId?: string;
  readonly secret?: string;
}

/**
 * The one range that the client asked for: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Undefined: send the whole file, as
 * for several ranges at once or another unit, which RFC 9110 lets a server ignore. @throws HttpFailure
 * `range-not-satisfiable`
 */
const rangeOf = (header: string | undefined, size: number) => {
  // A list may have empty elements (RFC 9110, 5.6.1.2).
  const [, from = '', to = ''] = /^bytes=[\s,]*(\d*)-(\d*)[\s,]*$/i.exec(header ?? '') ?? [];
  const isBackwards = from !== '' && to !== '' && Number(to) < Number(from);
  // The last bytes of an empty file are all of it, and no `Content-Range` can say so.
  const isAllOfNothing = size === 0 && from === '' && Number(to) > 0;
  if ((from === '' && to === '') || isBackwards || isAllOfNothing) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new HttpFailure('range-not-satisfiable', { headers: { 'Content-Range': `bytes */${size}` } });
  return { start, end };
};

const headersFor = ({ mediaType, name }: ServedFile, tag: string): Record<string, string> => {
  const shown = SHOWN.test(mediaType);
  return {
    'Content-Type': shown ? mediaType : 'application/octet-stream',
    'Content-Disposition': contentDisposition(name.toWellFormed(), { type: shown ? 'inline' : 'attachment' }),
    'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    // Only this browser may store it, and asks again each time: the right to see it can end.
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': 'bytes',
    ETag: tag,
  };
};

/** From the moment that `file` is erased, no byte of it leaves with the answer. @throws Refused `file-unknown` it was erased */
const watchOver = async (
  { watchErasure }: Pick<Core, 'watchErasure'>,
  { req, res }: Context,
  { eventId, secret }: ServedFile,
): Promise<void> => {
  if (eventId === undefined || secret === undefined) return;
  const end = await watchErasure({ eventId, secret }, () => req.socket.destroy());
  if (end === undefined) throw new Refused('file-unknown');
  // The client may have gone meanwhile: then nothing closes any more.
  if (req.socket.destroyed) end();
  else res.once(ENDED, end);
  breaksOffAlone(res);
};

/** The answer to a GET or HEAD of `file`. The caller has checked the right to see it. @throws Refused `file-unknown` it was erased */
export const serveFile = async (core: Pick<Core, 'blobs' | 'watchErasure'>, ctx: Context, file: ServedFile) => {
  if (file.contentKey === undefined) throw new Refused('file-unknown');
  const { headers } = ctx.req;
  const tag = `"${file.hash}"`;
  const common = headersFor(file, tag);
  // Pass this header alone: `fetch` adds `Cache-Control: no-cache` beside it, which is meant for caches, not for us.
  if (fresh({ 'if-none-match': headers['if-none-match'] }, { etag: tag })) return { status: 304, headers: common };
  // With another tag in `If-Range`, the client has parts of another content: send the whole file. A HEAD has no ranges.
  const ifRange = ctx.get('If-Range');
  const isPart = ctx.method === 'GET' && (ifRange === '' || ifRange === tag);
  const range = isPart ? rangeOf(headers.range, file.size) : undefined;
  const length = range === undefined ? file.size : range.end - range.start + 1;
  const sized = { ...common, 'Content-Length': String(length) };
  await watchOver(core, ctx, file);
  const content = ctx.method === 'HEAD' || length === 0 ? '' : await openContent(core.blobs, file, range);
  if (range === undefined) return { status: 200, headers: sized, content };
  const placed = { ...sized, 'Content-Range': `bytes ${range.start}-${range.end}/${file.size}` };
  return { status: 206, headers: placed, content };
};

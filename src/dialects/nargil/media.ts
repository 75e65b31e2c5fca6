// Files by addresses that cannot be guessed: whoever was given one may open it, since an `<img>` sends no token.

import { timingSafeEqual } from 'node:crypto';
import type { Tokens } from '../../auth/ports.ts';
import type { FileDoc } from '../../projections/files.ts';
import { toUuid } from '../django/fields.ts';

const MARK = 16;

const markOf = (tokens: Tokens, fileId: string): Buffer =>
  Buffer.from(tokens.fingerprint(['nargil media', fileId]), 'hex').subarray(0, MARK);

/** The last extension, as the original keeps it. */
const extensionOf = (name: string): string => /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';

/** The name a file goes by. An id alone would not do: some follow from what clients choose. */
export const mediaName = (tokens: Tokens, { id, name }: Pick<FileDoc, 'id' | 'name'>): string => {
  const bytes = Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), markOf(tokens, id)]);
  return bytes.toString('base64url') + extensionOf(name);
};

/** The id of the file of that name; undefined for a name that was not given out here. */
export const fileIdIn = (tokens: Tokens, name: string): string | undefined => {
  const [, text] = /^([\w-]{43})(?:\.[A-Za-z0-9]{1,10})?$/.exec(name) ?? [];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const fileId = toUuid(bytes.subarray(0, 16).toString('hex'))!;
  return timingSafeEqual(bytes.subarray(16), markOf(tokens, fileId)) ? fileId : undefined;
};

/** What a sender's name says of a content whose type is not told. */
const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  weba: 'audio/webm',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  webm: 'video/webm',
  pdf: 'application/pdf',
  txt: 'text/plain',
};

export const mediaTypeOf = (name: string): string =>
  TYPES[extensionOf(name).slice(1).toLowerCase()] ?? 'application/octet-stream';

/** Shown for who has no picture: one pixel, grey. */
export const DEFAULT_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mPYDQAAvQC8MfG6+QAAAABJRU5ErkJggg==',
  'base64',
);

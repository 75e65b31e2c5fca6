// Files at addresses that nobody can guess. The address alone opens a file, since an `<img>` sends no token.

import { timingSafeEqual } from 'node:crypto';
import type { Tokens } from '../../auth/tokens.ts';
import { files } from '../../domain/file.ts';
import { serveFile } from '../../http/serveFile.ts';
import type { FileDoc } from '../../projections/files.ts';
import { PageError } from '../django/apiErrors.ts';
import type { ApiRequest } from '../django/request.ts';
import { blindRoute } from '../django/route.ts';
import { toUuid } from '../shared/uuid.ts';

/** What makes addresses: a request, or the sockets at one prefix. */
export type Addresses = Pick<ApiRequest, 'services' | 'local'>;

const MARK = 16;

const markOf = (tokens: Tokens, fileId: string): Buffer =>
  Buffer.from(tokens.fingerprint(['nargil media', fileId]), 'hex').subarray(0, MARK);

/** The last extension, as the original keeps it. */
const extensionOf = (name: string): string => /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';

/** The name of a file. Its id alone would not do: some ids follow from what clients choose. */
export const mediaName = (tokens: Tokens, { id, name }: Pick<FileDoc, 'id' | 'name'>): string => {
  const bytes = Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), markOf(tokens, id)]);
  return bytes.toString('base64url') + extensionOf(name);
};

/** The id of the file of that name; undefined: this server did not make the name. */
export const fileIdIn = (tokens: Tokens, name: string): string | undefined => {
  const [, text] = /^([\w-]{43})(?:\.[A-Za-z0-9]{1,10})?$/.exec(name) ?? [];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const fileId = toUuid(bytes.subarray(0, 16).toString('hex'))!;
  return timingSafeEqual(bytes.subarray(16), markOf(tokens, fileId)) ? fileId : undefined;
};

export const mediaPath = (file: FileDoc, { services }: Addresses): string =>
  `static/files/${mediaName(services.core.tokens, file)}`;

/** The document shows the address without a host. */
export const fileUrl = (file: FileDoc | undefined, at: Addresses): string | null =>
  file === undefined ? null : at.local(`/cht/media/${mediaPath(file, at)}`);

/** By extension, for a file that came without a media type. */
const MEDIA_TYPES = new Map([
  ...'png jpeg gif webp avif bmp'.split(' ').map((name) => [name, `image/${name}`] as const),
  ...'aac ogg wav flac'.split(' ').map((name) => [name, `audio/${name}`] as const),
  ...'mp4 webm'.split(' ').map((name) => [name, `video/${name}`] as const),
  ['jpg', 'image/jpeg'],
  ['mp3', 'audio/mpeg'],
  ['m4a', 'audio/mp4'],
  ['weba', 'audio/webm'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
]);

export const mediaTypeOf = (name: string): string =>
  MEDIA_TYPES.get(extensionOf(name).slice(1).toLowerCase()) ?? 'application/octet-stream';

/** The picture of people without one: a single grey pixel. */
const DEFAULT_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mPYDQAAvQC8MfG6+QAAAABJRU5ErkJggg==',
  'base64',
);

const defaultPicture = async () => ({
  status: 200,
  content: DEFAULT_PICTURE,
  headers: { 'Content-Type': 'image/png', 'Cache-Control': 'public, max-age=86400' },
});

export const mediaRoutes = [
  blindRoute('/cht/media/static/files/<str:name>', {
    GET: async ({ services: { core, queries }, ctx, params }) => {
      const fileId = fileIdIn(core.tokens, params.name);
      // A client may open a file before the views have it.
      const file =
        fileId && ((await queries.filesById([fileId])).get(fileId) ?? (await core.ledger.load(files, fileId)));
      if (!file) throw new PageError(404);
      return serveFile(core.blobs, ctx, file);
    },
  }),
  blindRoute('/cht/static/profiles/default.png', { GET: defaultPicture }),
  // Frames name this path, and clients of the original put a base before it.
  blindRoute('/static/profiles/default.png', { GET: defaultPicture }),
];

// Files at addresses that nobody can guess. The address alone opens a file, since an `<img>` sends no token.

import type { FileDoc } from '../../projections/files.ts';
import type { UserDoc } from '../../projections/users.ts';
import { fileRoute } from '../django/mediaRoute.ts';
import { blindRoute } from '../django/route.ts';
import { type Addresses, pictureAt } from '../shared/media.ts';
import { fileSealed, sealOf } from '../shared/seals.ts';

const FILES = '/cht/media/static/files/';

const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;

/** The last extension, as the original keeps it. */
const extensionOf = (name: string): string => EXTENSION.exec(name)?.[0] ?? '';

/** The document shows the address without a host. */
export const fileUrl = (file: FileDoc | undefined, at: Addresses): string | null =>
  file === undefined ? null : at.local(FILES + sealOf(at.services.core, file.id, at.user) + extensionOf(file.name));

/** The address of somebody's picture, or null. */
export const pictureUrl = (user: Pick<UserDoc, 'number' | 'avatar'> | undefined, at: Addresses): string | null =>
  user?.avatar ? pictureAt(at, FILES, user, user.avatar) : null;

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

const isFile = { servesFiles: true };

export const mediaRoutes = [
  fileRoute(FILES, (services, name) => fileSealed(services, name.replace(EXTENSION, ''))),
  blindRoute('/cht/static/profiles/default.png', { GET: defaultPicture }, isFile),
  // Frames name this path, and clients of the original put a base before it.
  blindRoute('/static/profiles/default.png', { GET: defaultPicture }, isFile),
];

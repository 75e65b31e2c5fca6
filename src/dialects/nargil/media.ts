// Files at addresses that nobody can guess. The address alone opens a file, since an `<img>` sends no token.

import { files } from '../../domain/file.ts';
import type { User } from '../../domain/user.ts';
import { serveFile } from '../../http/serveFile.ts';
import type { FileDoc } from '../../projections/files.ts';
import { PageError } from '../django/apiErrors.ts';
import type { ApiRequest } from '../django/request.ts';
import { blindRoute } from '../django/route.ts';
import { isSealGood, SEAL_DIGITS, sealOf } from '../shared/seals.ts';
import { toUuid } from '../shared/uuid.ts';

/** What makes addresses: a request of `user`, or the sockets at one prefix, whose frames are the same for all users. */
export type Addresses = Pick<ApiRequest<unknown, User | undefined>, 'services' | 'local' | 'user'>;

/** Bytes of an id. */
const ID = 16;
/** Characters of an id and a seal as base64url. */
const NAME = Math.ceil(((ID + SEAL_DIGITS / 2) * 4) / 3);

/** The last extension, as the original keeps it. */
const extensionOf = (name: string): string => /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';

/** The name of a file. Its id alone would not do: some ids follow from what clients choose. */
export const mediaName = ({ id, name }: Pick<FileDoc, 'id' | 'name'>, seal: string): string =>
  Buffer.from(id.replaceAll('-', '') + seal, 'hex').toString('base64url') + extensionOf(name);

const SEALED = new RegExp(`^([\\w-]{${NAME}})(?:\\.[A-Za-z0-9]{1,10})?$`);

/** The file and the seal that a name is made of; undefined: it has another form. */
export const sealedIn = (name: string): { readonly fileId: string; readonly seal: string } | undefined => {
  const [, text] = SEALED.exec(name) ?? [];
  if (text === undefined) return undefined;
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return { fileId: toUuid(hex.slice(0, 2 * ID))!, seal: hex.slice(2 * ID) };
};

/** The document shows the address without a host. */
export const fileUrl = (file: FileDoc | undefined, at: Addresses): string | null => {
  if (file === undefined) return null;
  const seal = sealOf(at.services.core, file.id, at.user);
  return at.local(`/cht/media/static/files/${mediaName(file, seal)}`);
};

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
  blindRoute(
    '/cht/media/static/files/<str:name>',
    {
      GET: async ({ services, ctx, params }) => {
        const { core, queries } = services;
        const sealed = sealedIn(params.name);
        if (!sealed || !(await isSealGood(services, sealed.fileId, sealed.seal))) throw new PageError(404);
        const { fileId } = sealed;
        // A client may open a file before the views have it.
        const file = (await queries.filesById([fileId])).get(fileId) ?? (await core.ledger.load(files, fileId));
        if (!file) throw new PageError(404);
        return serveFile(core, ctx, file);
      },
    },
    isFile,
  ),
  blindRoute('/cht/static/profiles/default.png', { GET: defaultPicture }, isFile),
  // Frames name this path, and clients of the original put a base before it.
  blindRoute('/static/profiles/default.png', { GET: defaultPicture }, isFile),
];

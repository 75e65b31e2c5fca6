// Files and the picture of who has none, for whoever knows where they are.

import { files } from '../../domain/file.ts';
import { serveFile } from '../../http/serveFile.ts';
import { PageError } from '../django/apiErrors.ts';
import { blindRoute } from '../django/route.ts';
import { DEFAULT_PICTURE, fileIdIn } from './media.ts';

const media = blindRoute('/cht/media/static/files/<str:name>', {
  GET: async ({ services: { core, queries }, ctx, params }) => {
    const fileId = fileIdIn(core.tokens, params.name);
    // Who is told of a file opens it at once, perhaps before the views have it.
    const file = fileId && ((await queries.filesById([fileId])).get(fileId) ?? (await core.ledger.load(files, fileId)));
    if (!file) throw new PageError(404);
    return serveFile(core.blobs, ctx, file);
  },
});

const defaultPicture = async () => ({
  status: 200,
  content: DEFAULT_PICTURE,
  headers: { 'Content-Type': 'image/png', 'Cache-Control': 'public, max-age=86400' },
});

export const mediaRoutes = [
  media,
  blindRoute('/cht/static/profiles/default.png', { GET: defaultPicture }),
  // Where the frames say it is; the original's clients put what they know before it.
  blindRoute('/static/profiles/default.png', { GET: defaultPicture }),
];

import { serveFile } from '../../http/serveFile.ts';
import { fileNamed, MEDIA } from '../shared/media.ts';
import { PageError } from './apiErrors.ts';
import { blindRoute } from './route.ts';

/** Serves an uploaded file to anyone who knows its name, while that counts. */
export const mediaRoute = blindRoute(
  `${MEDIA}<str:name>`,
  {
    GET: async ({ services, ctx, params }) => {
      const file = await fileNamed(services, params.name);
      if (!file) throw new PageError(404);
      return serveFile(services.core, ctx, file);
    },
  },
  { servesFiles: true },
);

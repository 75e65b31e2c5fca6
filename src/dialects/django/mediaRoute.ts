import { serveFile } from '../../http/serveFile.ts';
import type { Services } from '../../services.ts';
import { fileNamed, MEDIA } from '../shared/media.ts';
import { PageError } from './apiErrors.ts';
import { blindRoute } from './route.ts';

/** Serves the uploaded files in a folder to anyone who knows their names, while these count. */
export const fileRoute = <F extends string>(
  folder: F,
  find: (services: Services, name: string) => ReturnType<typeof fileNamed>,
) =>
  blindRoute(
    `${folder}<str:name>`,
    {
      GET: async ({ services, ctx, params }) => {
        const file = await find(services, params.name);
        if (!file) throw new PageError(404);
        return serveFile(services.core, ctx, file);
      },
    },
    { servesFiles: true },
  );

export const mediaRoute = fileRoute(MEDIA, fileNamed);

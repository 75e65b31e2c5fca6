// The views for a thread that fills new ones in the stead of the thread that has the directory: it reads those that serve.

import { type Shape, Unavailable, type ViewsApart } from '../ports.ts';
import { folderOf, openServing } from './viewFiles.ts';
import { failureOf, fillViews } from './viewFilling.ts';
import { viewShape } from './viewSchema.ts';

const reading = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((error: unknown) => {
    throw failureOf(error);
  });

/** `place`: of the build. @throws Unavailable */
export const openEmbeddedViewsApart = async (
  { directory, shape: declared }: { readonly directory: string; readonly shape: Shape },
  place: string,
): Promise<ViewsApart> => {
  const shape = viewShape(declared);
  const serving = await reading(() => openServing(folderOf(directory, shape.version), shape));
  const filling = fillViews(place, shape);
  return {
    checkpoint: () => reading(async () => serving?.reader.checkpoint() ?? { position: 0, mark: '', isOutdated: true }),
    scan: (collection, scan) =>
      reading(async () => {
        if (!serving) throw new Unavailable('views', new Error('they are of another version'));
        return serving.reader.scan(collection, scan);
      }),
    build: filling,
    async close() {
      // Syncs what was written, so that the thread that serves need not wait for the disk when it takes the file.
      await filling.takeThread()?.finish('end');
      await filling.stop();
      serving?.reader.close();
    },
  };
};

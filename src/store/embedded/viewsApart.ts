// The views for a thread that fills new ones in the stead of the thread that has the directory: it reads those that serve.

import { type Shape, Unavailable, type ViewsApart } from '../ports.ts';
import { folderOf, openServing } from './viewFiles.ts';
import { fillViews } from './viewFilling.ts';
import { viewShape } from './viewSchema.ts';

/** `place`: of the build. */
export const openEmbeddedViewsApart = async (
  { directory, shape: declared }: { readonly directory: string; readonly shape: Shape },
  place: string,
): Promise<ViewsApart> => {
  const shape = viewShape(declared);
  const serving = await openServing(folderOf(directory, shape.version), shape);
  const filling = fillViews(place, shape);
  return {
    checkpoint: async () => serving?.reader.checkpoint() ?? { position: 0, mark: '', isOutdated: true },
    async scan(collection, scan) {
      if (!serving) throw new Unavailable('views', new Error('they are of another version'));
      return serving.reader.scan(collection, scan);
    },
    build: filling,
    async close() {
      // Syncs what was written, so that the thread that serves need not wait for the disk when it takes the file.
      await filling.takeThread()?.finish('end');
      await filling.stop();
      serving?.reader.close();
    },
  };
};

// Watches over what leaves the server for longer than a moment: whoever sends it learns when it is erased.

import { partsOf } from '../history/secret.ts';
import type { History } from '../store/ports.ts';

/** The private part of an event. */
interface Sent {
  readonly eventId: string;
  readonly secret: string;
}

interface Watched {
  readonly keyNames: readonly string[];
  readonly onErased: () => void;
}

export type ErasureWatch = ReturnType<typeof createErasureWatch>;

export const createErasureWatch = ({ open, onForget }: Pick<History, 'open' | 'onForget'>) => {
  const all = new Set<Watched>();
  onForget((forgotten) => {
    const gone = new Set(forgotten);
    for (const { keyNames, onErased } of all) if (keyNames.some((name) => gone.has(name))) onErased();
  });
  /** Calls `onErased` at the moment of an erasure. Returns a function that ends the watch; undefined: it was erased before. @throws Unavailable */
  return async ({ eventId: id, secret }: Sent, onErased: () => void): Promise<(() => void) | undefined> => {
    const watched = { keyNames: partsOf(secret).keyNames, onErased };
    const end = () => void all.delete(watched);
    all.add(watched);
    // The caller has read it some time ago.
    const [part] = await open([{ id, secret }]).catch((error: unknown) => {
      end();
      throw error;
    });
    if (part !== null) return end;
    end();
    return undefined;
  };
};

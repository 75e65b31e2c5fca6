// Lets nobody remove a content in the moment in which it is put: a removal would take the new file for the old one.

export type Places = ReturnType<typeof createPlaces>;

export const createPlaces = () => {
  /** How many put each content at present. */
  const puts = new Map<string, number>();
  const removals = new Map<string, Promise<unknown>>();

  return {
    /** Runs `put` once the content is not being removed. */
    putting: async <T>(hash: string, put: () => Promise<T>): Promise<T> => {
      for (let removal = removals.get(hash); removal !== undefined; removal = removals.get(hash)) await removal;
      puts.set(hash, (puts.get(hash) ?? 0) + 1);
      try {
        return await put();
      } finally {
        const left = puts.get(hash)! - 1;
        if (left > 0) puts.set(hash, left);
        else puts.delete(hash);
      }
    },
    /** Runs `remove`, unless the content is being put: then false. */
    removing: async (hash: string, remove: () => Promise<boolean>): Promise<boolean> => {
      if (puts.has(hash)) return false;
      const removal = remove();
      removals.set(
        hash,
        removal.catch(() => undefined),
      );
      try {
        return await removal;
      } finally {
        removals.delete(hash);
      }
    },
  };
};

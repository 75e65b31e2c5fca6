// Remembers when each thing changed last. A caller that knows a few things as of a position learns whether one of them has changed
// since, however much others change.

/** `most`: things that are remembered, those that changed last. */
export const createLateChanges = (most: number) => {
  /** Positions by thing, in the order of the log. */
  const late = new Map<string, number>();
  /** Something may have happened to any thing up to here. */
  let floor = 0;
  let last = 0;

  return {
    /** The position of the last change of all; 0: none yet. */
    get last(): number {
      return last;
    },
    /** The fan-out has come to a change. */
    passed: (id: string, position: number): void => {
      last = position;
      late.delete(id);
      late.set(id, position);
      if (late.size <= most) return;
      const [oldest, at] = late.entries().next().value!;
      late.delete(oldest);
      floor = at;
    },
    /** The position of the last change of these things, or of a later one; 0: none. */
    lastOf: (ids: Iterable<string | undefined>): number => {
      let found = floor;
      for (const id of ids) found = Math.max(found, (id && late.get(id)) || 0);
      return found;
    },
  };
};

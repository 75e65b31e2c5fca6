// One question for many who ask at the same time.

/** Ids of one question at most, unless one asker wants more. */
const MOST = 500;

/** Things by their ids; what is missing is not in it. */
type Found<T> = ReadonlyMap<string, T>;

interface Waiting<T> {
  readonly ids: readonly string[];
  readonly resolve: (found: Found<T>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Those who ask while a question is under way are answered by one question together, put when that one is answered. What
 * is found is never older than the call; it may hold what others asked for.
 */
export const askTogether = <T>(
  ask: (ids: readonly string[]) => Promise<Found<T>>,
): ((ids: readonly string[]) => Promise<Found<T>>) => {
  const waiting: Waiting<T>[] = [];
  let isAsking = false;

  /** As many of those who wait as one question is for, the longest waiting first. */
  const take = (): readonly Waiting<T>[] => {
    let taken = 1;
    for (let count = waiting[0]!.ids.length; taken < waiting.length; taken++) {
      count += waiting[taken]!.ids.length;
      if (count > MOST) break;
    }
    return waiting.splice(0, taken);
  };

  const run = async (): Promise<void> => {
    isAsking = true;
    while (waiting.length > 0) {
      const asking = take();
      try {
        const found = await ask([...new Set(asking.flatMap(({ ids }) => ids))]);
        for (const { resolve } of asking) resolve(found);
      } catch (error) {
        for (const { reject } of asking) reject(error);
      }
    }
    isAsking = false;
  };

  return (ids) =>
    new Promise((resolve, reject) => {
      waiting.push({ ids, resolve, reject });
      if (!isAsking) void run();
    });
};

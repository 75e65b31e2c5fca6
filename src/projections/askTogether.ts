// One question for many who ask at the same time.

/** Ids of one question at most. */
const MOST = 500;

interface Waiting<T> {
  readonly id: string;
  readonly resolve: (found: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for one thing at a time, or so it seems: those that are asked for while a question is under way are asked for
 * together when it is answered. What is found is never older than the call.
 */
export const askTogether = <T>(
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): ((id: string) => Promise<T | undefined>) => {
  const waiting: Waiting<T>[] = [];
  let isAsking = false;

  const run = async (): Promise<void> => {
    isAsking = true;
    while (waiting.length > 0) {
      const asked = waiting.splice(0, MOST);
      try {
        const found = await ask(asked.map(({ id }) => id));
        for (const { id, resolve } of asked) resolve(found.get(id));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    isAsking = false;
  };

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject });
      if (!isAsking) void run();
    });
};

// Many who ask the same at once share an answer, but only one whose question was put after they came.

/** At most one question is under way and one waits for it; the waiting one serves everybody who comes meanwhile. */
export function shareAnswer<T>(ask: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  const start = (): Promise<T> => {
    const asked = ask().finally(() => {
      current = undefined;
    });
    current = asked;
    return asked;
  };

  const startNext = (): Promise<T> => {
    next = undefined;
    return start();
  };

  return () => {
    if (next) return next;
    if (!current) return start();
    next = current.then(startNext, startNext);
    return next;
  };
}

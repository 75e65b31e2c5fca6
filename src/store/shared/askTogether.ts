// One question for all callers that ask at the same time.

import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Callers of one turn of the event loop share a question, and so do callers that come while a question is under way: they
 * share the next one. It is put after they came, so no answer is older than its call. A question has the parts of all its callers, each part once; `most`: how many, unless one caller
 * alone has more. Questions without parts are all the same.
 */
export const askTogether = <Answer, Part = never>(
  ask: (parts: readonly Part[]) => Promise<Answer>,
  most = Infinity,
): ((parts?: readonly Part[]) => Promise<Answer>) => {
  const waiting: (PromiseWithResolvers<Answer> & { readonly parts: readonly Part[] })[] = [];
  let isAsking = false;

  /** The callers of the next question: those that wait longest. */
  const take = (): typeof waiting => {
    let taken = 1;
    for (let count = waiting[0]!.parts.length; taken < waiting.length; taken++) {
      count += waiting[taken]!.parts.length;
      if (count > most) break;
    }
    return waiting.splice(0, taken);
  };

  const run = async (): Promise<void> => {
    isAsking = true;
    await nextTurn();
    while (waiting.length > 0) {
      const callers = take();
      try {
        const answer = await ask([...new Set(callers.flatMap(({ parts }) => parts))]);
        for (const { resolve } of callers) resolve(answer);
      } catch (error) {
        for (const { reject } of callers) reject(error);
      }
    }
    isAsking = false;
  };

  return (parts = []) => {
    const caller = { ...Promise.withResolvers<Answer>(), parts };
    waiting.push(caller);
    if (!isAsking) void run();
    return caller.promise;
  };
};

/** Finds values by their ids, in the order of the ids, with one question for all callers that ask at the same time. */
export const findTogether = <Value>(
  find: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value | undefined>>,
  most?: number,
): ((ids: readonly string[]) => Promise<(Value | undefined)[]>) => {
  const ask = askTogether(find, most);
  return async (ids) => {
    const found = await ask(ids);
    return ids.map((id) => found.get(id));
  };
};

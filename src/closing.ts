// Ends the program part by part, within a deadline; past it, says which parts it still waited for.

/** Waits for a part to end, and knows it as `name` meanwhile. Never rejects: `closeWithin` throws the first failure. */
export type WaitFor = (name: string, ending: Promise<unknown> | undefined) => Promise<void>;

/** The deadline passed; the message names what did not end. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
  constructor(waitedFor: readonly string[], deadline: number) {
    super(`it did not end within ${deadline / 1000} s: it still waited for ${waitedFor.join(', ')}`);
  }
}

/**
 * In: milliseconds, undefined for no deadline; what ends the parts.
 * @throws Unfinished after `deadline`; the error of the first part that failed to end, once all have.
 */
export const closeWithin = async (
  deadline: number | undefined,
  close: (waitFor: WaitFor) => Promise<void>,
): Promise<void> => {
  const waiting = new Set<string>();
  const failures: unknown[] = [];
  const waitFor: WaitFor = async (name, ending) => {
    waiting.add(name);
    try {
      await ending;
    } catch (error) {
      failures.push(error);
    }
    waiting.delete(name);
  };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    if (deadline !== undefined) timer = setTimeout(() => reject(new Unfinished([...waiting], deadline)), deadline);
  });
  try {
    await Promise.race([close(waitFor), tooLate]);
  } finally {
    clearTimeout(timer);
  }
  if (failures.length > 0) throw failures[0];
};

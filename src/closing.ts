// Closes the program part by part within a deadline, and names the parts that did not close in time.

/** Waits for a part to close; `name` is for the message. Never rejects: `closeWithin` throws the first failure. */
export type WaitFor = (name: string, ending: Promise<unknown> | undefined) => Promise<void>;

/** The deadline passed; the message names the parts that did not close. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
  constructor(waitedFor: readonly string[], deadline: number) {
    super(`it did not end within ${deadline / 1000} s: it still waited for ${waitedFor.join(', ')}`);
  }
}

/**
 * `deadline`: milliseconds; undefined for none. `close`: closes the parts.
 * @throws Unfinished after `deadline`; else the error of the first part that failed, once all have closed.
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

/** Calls `use` with what is open, and closes it afterwards, also if `use` throws. */
export const closeAfter = async <Opened extends { close(): Promise<void> }, Result>(
  opened: Opened,
  use: (opened: Opened) => Promise<Result>,
): Promise<Result> => {
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
};

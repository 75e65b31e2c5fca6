// The queue of one stream: jobs run one after the other. Commands that wait at the same time are carried out together.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that commands of a busy stream wait for others: each append costs a sync, and the views a batch. */
const GATHER = 1;

export type CommandQueue<Command> = ReturnType<typeof createCommandQueue<Command>>;

/** `carryOut` must not reject. */
export const createCommandQueue = <Command>(carryOut: (commands: Command[]) => Promise<void>) => {
  const waiting: Command[] = [];
  let latest: Promise<unknown> = Promise.resolve();
  /** The number of commands in the last run. */
  let together = 0;

  /** Runs `job` after all earlier jobs. */
  const run = <T>(job: () => Promise<T>): Promise<T> => {
    const result = latest.then(job);
    latest = result.catch(() => undefined);
    return result;
  };
  /** Removes and returns the waiting commands. */
  const take = (): Command[] => waiting.splice(0);

  return {
    run,
    take,
    add: (command: Command): void => {
      waiting.push(command);
      if (waiting.length > 1) return;
      void run(async () => {
        // Commands that came in the same turn of the event loop belong in the same append.
        await (together > 1 ? delay(GATHER) : nextTurn());
        const commands = take();
        if (commands.length === 0) return;
        together = commands.length;
        await carryOut(commands);
      });
    },
  };
};

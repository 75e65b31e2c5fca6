// The queue of one stream: jobs run one after the other, and commands that wait together are carried out together.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface CommandQueue<Command> {
  /** Runs `job` after every job that was begun before. */
  run<T>(job: () => Promise<T>): Promise<T>;
  add(command: Command): void;
  /** Takes the commands that wait at present. */
  take(): Command[];
}

/** Milliseconds that commands of a busy stream wait for others: each append costs a sync, and the views a batch. */
const GATHER = 1;

/** `carryOut` never rejects. */
export const createCommandQueue = <Command>(
  carryOut: (commands: Command[]) => Promise<void>,
): CommandQueue<Command> => {
  const waiting: Command[] = [];
  let latest: Promise<unknown> = Promise.resolve();
  /** How many commands were carried out together the last time. */
  let together = 0;

  const run: CommandQueue<Command>['run'] = (job) => {
    const result = latest.then(job);
    latest = result.catch(() => undefined);
    return result;
  };
  const take = (): Command[] => waiting.splice(0);

  return {
    run,
    take,
    add: (command) => {
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

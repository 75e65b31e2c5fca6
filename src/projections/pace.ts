// Lets long work run beside requests: in turns of a millisecond or two, and with pauses while others want the processor.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** Awaited between two small steps of a long work. */
export type Rest = () => Promise<unknown>;

/** Milliseconds: a turn of the work is so long at least, and one of the others so short at most if they have little to do. */
const TURN = 1;
const IDLE = 0.3;
/** While others are busy, the work rests so many times as long as it worked: so long at most, since the thread works for others, too. */
const REST = 4;
const MOST = 25;

interface Clock {
  /** Milliseconds that this thread has worked. */
  readonly now: () => number;
  readonly nextTurn: () => Promise<unknown>;
  readonly delay: (milliseconds: number) => Promise<unknown>;
}

const real: Clock = {
  now: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
  nextTurn,
  delay,
};

/** `least`: milliseconds of a turn; 0: each step is one of its own. */
export const createPace = ({ now, nextTurn: turn, delay: pause } = real, least = TURN): Rest => {
  let began = now();
  return async () => {
    const ended = now();
    const worked = ended - began;
    if (worked < least) return;
    await turn();
    if (now() - ended > IDLE) await pause(Math.min(worked, MOST) * REST);
    began = now();
  };
};

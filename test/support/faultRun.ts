// One run of injected faults: its seed, its length, and the line of figures at its end.

import { randomInt } from 'node:crypto';

export interface FaultRun {
  /** `FAULTS_SEED`, or one drawn now. */
  readonly seed: number;
  /** `FAULTS_ROUNDS`, or as many as the test does by itself. */
  readonly rounds: number;
  /** From 0 to 1, the same row of numbers for the same seed. */
  random(): number;
  /** From `least` to `most`, both inclusive. */
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  /** Prints the figures on one line. */
  report(figures: object): void;
}

/** Prints the seed, so that a run that failed can be repeated. What depends on timing differs all the same. */
export const faultRun = (name: string, rounds: number): FaultRun => {
  const { FAULTS_SEED, FAULTS_ROUNDS } = process.env;
  const seed = FAULTS_SEED ? Number(FAULTS_SEED) : randomInt(2 ** 31);
  const run = { seed, rounds: FAULTS_ROUNDS ? Number(FAULTS_ROUNDS) : rounds };
  if (![run.seed, run.rounds].every(Number.isSafeInteger))
    throw new Error('FAULTS_SEED and FAULTS_ROUNDS must be whole numbers');
  console.log(`${name}: ${run.rounds} rounds; again with FAULTS_SEED=${run.seed} FAULTS_ROUNDS=${run.rounds}`);
  const random = randomFrom(seed);
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  return {
    ...run,
    random,
    between,
    pick: (from) => from[between(0, from.length - 1)]!,
    report: (figures) => console.log(`${name}: ${JSON.stringify({ seed, ...figures })}`),
  };
};

/** Mulberry32: small, and good enough to choose faults by. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

// Which cores a process runs on: the server has one to itself, the load another. Only where `taskset` is at hand.

import { spawnSync } from 'node:child_process';

const coresIn = (list: string): number[] =>
  list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

/** The cores this process may run on; empty where that cannot be told. */
export const ownCores = (): number[] => {
  const { stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  const list = /: ([\d,-]+)\s*$/.exec(stdout ?? '')?.[1];
  return list === undefined ? [] : coresIn(list);
};

export interface Cores {
  /** What to put before a command so that it runs on the server's core. */
  readonly server: readonly string[];
  /** The same for the load's core. */
  readonly load: readonly string[];
  /** The same for all cores. */
  readonly all: readonly string[];
}

export const shareCores = (cores: readonly number[]): Cores => {
  const on = (list: readonly number[]): string[] => ['taskset', '-c', list.join(',')];
  const [first, second] = cores;
  if (first === undefined || second === undefined) return { server: [], load: [], all: [] };
  return { server: on([first]), load: on([second]), all: on(cores) };
};

/** Moves this process, with all its threads, to the load's core. */
export const moveToLoad = ({ load }: Cores): void => {
  const core = load.at(-1);
  if (core !== undefined) spawnSync('taskset', ['-a', '-cp', core, String(process.pid)]);
};

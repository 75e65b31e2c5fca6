// System calls watched, and faults put into them, by strace. Where it is missing or may not trace, tests say so and are
// skipped.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';

/** All threads, and stopped at the traced calls alone: else strace would look at every call of the process. */
const FOLLOWED = ['-f', '--seccomp-bpf'];

const findOut = (): string | undefined => {
  const { error, status, stderr } = spawnSync('strace', [...FOLLOWED, '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return 'strace is not installed';
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim().split('\n')[0]}`;
};

const missing = findOut();

/** A test that needs strace. */
export const straced = (name: string, run: () => Promise<void>, timeout?: number): void =>
  missing === undefined ? test(name, run, timeout) : test.skip(`${name}: skipped, ${missing}`);

/**
 * To put before a command: runs it under strace, all threads of it. The process itself stays the child that is spawned,
 * with its signals and its exit code. `inject`: as `fsync:error=EIO:when=3`. `paths`: only calls on these.
 */
export const strace = (given: {
  readonly output: string;
  readonly calls: readonly string[];
  readonly inject?: readonly string[];
  readonly paths?: readonly string[];
}): readonly string[] => {
  const { output, calls, inject = [], paths = [] } = given;
  const options = [...inject.map((fault) => ['-e', `inject=${fault}`]), ...paths.map((path) => ['-P', path])];
  // -D: strace is no parent of the command. -y: paths beside descriptors.
  return [
    'strace',
    '-D',
    ...FOLLOWED,
    '-y',
    '-s',
    '300',
    '-o',
    output,
    '-e',
    `trace=${calls.join(',')}`,
    ...options.flat(),
  ];
};

/** One system call. `began` and `ended` are places in the order of all beginnings and endings. */
export interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
  readonly began: number;
  readonly ended: number;
}

/** What strace wrote down, in the order in which calls began. */
export const callsIn = (output: string): readonly Call[] => {
  const calls: Call[] = [];
  const open = new Map<string, { name: string; args: string; began: number }>();
  for (const [at, line] of readFileSync(output, 'utf8').split('\n').entries()) {
    const whole = /^(\d+) +(\w+)\((.*)\) += (.*)$/.exec(line);
    const begun = /^(\d+) +(\w+)\((.*?),? <unfinished \.\.\.>$/.exec(line);
    const resumed = /^(\d+) +<\.\.\. \w+ resumed>(.*)\) += (.*)$/.exec(line);
    if (whole) calls.push({ name: whole[2]!, args: whole[3]!, result: whole[4]!, began: at, ended: at });
    else if (begun) open.set(begun[1]!, { name: begun[2]!, args: begun[3]!, began: at });
    else if (resumed) {
      const before = open.get(resumed[1]!);
      open.delete(resumed[1]!);
      if (before) calls.push({ ...before, args: before.args + resumed[2]!, result: resumed[3]!, ended: at });
    }
  }
  return calls.toSorted((a, b) => a.began - b.began);
};

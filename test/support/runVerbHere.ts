// Runs the command line in the process of the test.

import { vi } from 'vitest';
import { main } from '../../src/cli.ts';
import { OWN, type Ran } from './cli.ts';

/** As `runVerb` and quicker, for what does not depend on a process of its own. One at a time. */
export const runVerbHere = async (args: readonly string[], env: Record<string, string>): Promise<Ran> => {
  const said = { out: '', err: '' };
  const kept = (stream: keyof typeof said) => (chunk: unknown) => {
    said[stream] += `${chunk}\n`;
  };
  for (const [name, value] of Object.entries({ ...OWN, ...env })) vi.stubEnv(name, value);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(kept('out')),
    vi.spyOn(console, 'error').mockImplementation(kept('err')),
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      said.err += chunk;
      return true;
    }),
  ];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await main(args);
    return { code: Number(process.exitCode), ...said };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
};

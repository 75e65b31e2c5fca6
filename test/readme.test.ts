// Runs the README's tour, unchanged, against a server of its own.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, startProgram } from './support/program.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

interface Step {
  readonly commands: string;
  readonly says: string | undefined;
}

/** Pairs each block of commands with the block of output that follows it, if one does. */
const stepsOf = (text: string): Step[] => {
  const blocks = [...text.matchAll(/```(sh|json|text) tour\n([\s\S]*?)```/g)].map(([, kind, content]) => ({
    kind,
    content: content!,
  }));
  return blocks.flatMap(({ kind, content }, i) => {
    if (kind !== 'sh') return [];
    const next = blocks[i + 1];
    return [{ commands: content, says: next && next.kind !== 'sh' ? next.content : undefined }];
  });
};

/** Ids, times, positions and numbers differ from run to run; everything else must match the README. */
const settled = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"(position|number)":\d+/g, '"$1":0')
    .trim();

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

test('every command of the tour does what the README says', async () => {
  const steps = stepsOf(readme);
  expect(steps.filter(({ says }) => says !== undefined).length).toBeGreaterThanOrEqual(3);
  const mark = '--- next ---';
  const script = steps
    .map(({ commands }) => `${commands}\necho '\n${mark}'`)
    .join('\n')
    .replace('http://localhost:3000', program.url);
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  expect(stderr).toBe('');
  const outputs = stdout.split(mark).map(settled);
  for (const [i, { says }] of steps.entries()) expect(outputs[i]).toBe(settled(says ?? ''));
});

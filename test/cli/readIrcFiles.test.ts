// The files of one command: their lines together, in the order of their times.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLogs } from '../../src/cli/irc/readFiles.ts';
import { createUnrecorded } from '../../src/cli/irc/unrecorded.ts';
import { temporaryDirectory } from '../support/cli.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  home = await temporaryDirectory();
});
afterEach(() => home.remove());

/** Each line as `<number of equal ones before it> <text>`, what is shown of the others, and the barren files. */
const read = async (files: Readonly<Record<string, string>>) => {
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(home.path, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    paths.push(path);
  }
  const notes: string[] = [];
  const unrecorded = {
    ...createUnrecorded(),
    add: (line: { line: number; reason: string }) => notes.push(`${line.line} ${line.reason}`),
  };
  const logs = await readLogs(paths, { timezone: 'UTC', now: '9999' }, unrecorded);
  const lines = [...logs.inOrder()].map(({ said, nth }) => `${nth} ${'text' in said ? said.text : said.kind}`);
  expect(logs.size).toBe(lines.length);
  return { lines, notes, barren: logs.barren };
};

test('lines of several files stand by their times, and those of one minute as in their file', async () => {
  const files = {
    'b/2020-01-03.txt': '[10:00] <ann> c\n[09:59] <ann> d\n',
    'a/2020-01-02.txt': '[10:00] <ann> a\n[12:30] <ann> b\n',
    'e/2020-01-03.txt': '[10:00] <ben> e\n[11:00] <ben> f\n',
  };
  expect(await read(files)).toEqual({ lines: ['0 a', '0 b', '0 c', '0 d', '0 e', '0 f'], notes: [], barren: [] });
});

test('equal lines are counted in each file alone, also where a clock went back or hours lie between', async () => {
  const hours = Array.from({ length: 20 }, (_, i) => `[${String(i + 1).padStart(2, '0')}:00] <ann> at ${i + 1}`);
  const text = ['[00:10] <ann> hi', '[00:10] <ann> hi', ...hours, '[20:00] <ann> at 20'].join('\n');
  const { lines } = await read({ 'a/2020-01-02.txt': text, 'b/2020-01-02.txt': '[00:10] <ann> hi\n' });
  expect(lines.slice(0, 3).toSorted()).toEqual(['0 hi', '0 hi', '1 hi']);
  expect(lines.at(-1)).toBe('1 at 20');
  // Between the equal ones the log has gone on to a later time, and its clock was set back.
  const back = '[00:10] <ann> a\n[01:59] <ann> b\n[03:30] <ann> c\n[01:59] <ann> b\n';
  expect((await read({ '2020-01-04.txt': back })).lines).toEqual(['0 a', '0 b', '0 c', '1 b']);
  expect(lines.filter((line) => line.startsWith('0 at'))).toHaveLength(20);
});

test('only the end of a log tells the old form of an action from a notice', async () => {
  const text =
    '[09:00] <ben> hi\n=== ann waves\n[10:00] <ben> hi\n=== ann goes to bed\n=== nobody here\n[10:00] <ann> hi\n';
  expect(await read({ '2020-01-02.txt': text })).toEqual({
    lines: ['0 hi', '0 * ann waves', '0 hi', '0 * ann goes to bed', '0 hi'],
    notes: ['5 notice'],
    barren: [],
  });
});

test('a file of which nothing is read is named, and an empty one is not', async () => {
  const { lines, barren } = await read({ 'no.txt': 'no log\n', 'empty.txt': '', '2020-01-02.txt': '[10:00] <ann> hi' });
  expect([lines, barren]).toEqual([['0 hi'], ['no.txt']]);
});

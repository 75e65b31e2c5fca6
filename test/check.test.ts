// The sources themselves: types, lint and format, beside the other tests rather than before them.

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

test('the sources pass the type checker, the linter and the formatter', async () => {
  const checked = promisify(execFile)('npm', ['run', '--silent', 'check'], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  const said = await checked.then(
    () => '',
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
  expect(said).toBe('');
}, 180_000);

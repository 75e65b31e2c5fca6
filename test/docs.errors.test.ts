import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statusOf } from '../src/api/failureCodes.ts';
import { socketTitles } from '../src/ws/wire.ts';

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const [overHttp, onSockets] = page.split('## Only on the native socket');

test('docs/errors.md has every code with its status, once, and no other', () => {
  const rows = [...overHttp!.matchAll(/^\| `([\w-]+)` \| (\d+) \| .+ \|$/gm)];
  expect(rows.length).toBe(Object.keys(statusOf).length);
  expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(statusOf);
});

test('docs/errors.md has every code that only the native socket sends, and no other', () => {
  const rows = [...onSockets!.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual(socketTitles);
});

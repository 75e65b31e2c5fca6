import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig, settingsOf } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';

const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('## Settings'), page.indexOf('## One process'));

test('docs/operations.md has every setting and no other', () => {
  expect([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(Object.keys(settingsOf(dialects)));
});

test('every default in docs/operations.md is the one in force', () => {
  const config: Record<string, unknown> = readConfig({}, dialects);
  const units: Record<string, number> = { KiB: 1024, MiB: 1024 * 1024 };
  for (const [, name, value] of table.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)) {
    const given = value!.replaceAll('`', '').trim();
    const [amount, unit] = given.split(' ');
    const expected = unit === undefined ? given : String(Number(amount) * units[unit]!);
    if (given !== '') expect(String(config[name!]), name).toBe(expected);
  }
});

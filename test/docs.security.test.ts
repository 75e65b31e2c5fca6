// docs/security.md names tests that exist, and leaves none of its numbers out.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

interface Named {
  readonly file: string;
  readonly title: string;
}

const named: readonly Named[] = [...page.matchAll(/`?(test\/[\w./-]+\.test\.ts)`? ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
  ([, file, titles]) => [...titles!.matchAll(/"([^"]+)"/g)].map(([, title]) => ({ file: file!, title: title! })),
);

/** Has the file a title in quotes that is or ends with this one? */
const hasTitle = (file: string, title: string): boolean => {
  const text = readFileSync(join(root, file), 'utf8');
  return ["'", '"', '`'].some((quote) => text.includes(`${title}${quote}`));
};

test('every test that docs/security.md names exists', () => {
  expect(named.length).toBeGreaterThan(100);
  const missing = named.filter(({ file, title }) => !existsSync(join(root, file)) || !hasTitle(file, title));
  expect(missing).toEqual([]);
});

describe('the numbers of the tests', () => {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `S${String(from + i).padStart(2, '0')}`);
  const numbers = [...range(1, 17), ...range(20, 31), ...range(40, 55), ...range(60, 68), ...range(70, 80)];

  test('each have their row, with a test', () => {
    const rows = [...page.matchAll(/^\| (S\d\d) \|.+test\/.+\|$/gm)].map(([, number]) => number);
    expect(rows).toEqual(numbers);
  });

  test('are the only ones that other rows refer to', () => {
    for (const [number] of page.matchAll(/\bS\d\d\b/g)) expect(numbers).toContain(number);
  });
});

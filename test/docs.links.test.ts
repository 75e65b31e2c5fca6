// Documents point only to pages, files and names that exist.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md'], { cwd: root });

const sources = globSync(['*.{ts,js,yml}', '{bin,bench,src,test}/**/*.{ts,js}'], { cwd: root });

/** Documents name a source file from the root, from `src/`, or by its name alone where several folders have one. */
const sourceOf = (path: string): string | undefined =>
  sources.find((file) => file === path || file === `src/${path}`) ?? sources.find((file) => file.endsWith(`/${path}`));

test.each(pages)('every link of %s leads to a file', (page) => {
  for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
    expect(existsSync(join(root, dirname(page), target!)), target).toBe(true);
});

test.each(pages.filter((page) => !page.startsWith('src/')))('every source file that %s names exists', (page) => {
  for (const [, path] of read(page).matchAll(/`([\w./-]+\.(?:ts|js|yml))`/g))
    expect(sourceOf(path!), path).toBeDefined();
});

test('docs/ARCHITECTURE.md names functions and types in the files that have them', () => {
  const named = [...read('docs/ARCHITECTURE.md').matchAll(/`(\w+)` (?:in|of) `([\w/]+\.ts)`/g)];
  expect(named.length).toBeGreaterThan(5);
  for (const [, name, path] of named)
    expect(read(sourceOf(path!)!), `${name} in ${path}`).toMatch(RegExp(`\\b${name}\\b`));
});

// The examples of every document, played through the real server, at the root and under the prefix of its dialect.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handlerOf, methods } from '../../src/dialects/django/route.ts';
import { dialects } from '../../src/dialects/index.ts';
import { Example } from './example.ts';
import { playExample } from './playExample.ts';

const examplesOf = (dialect: string): readonly (Example & { readonly file: string })[] => {
  const folder = join(import.meta.dirname, dialect);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((file) => ({ file, ...Example.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))) }));
};

describe.each(dialects.map((dialect) => ({ dialect, name: dialect.name })))('$name', ({ dialect }) => {
  const examples = examplesOf(dialect.name);

  describe.each(['root', 'prefix'] as const)('at the %s', (place) => {
    for (const example of examples.filter(({ at }) => at.includes(place)))
      it.concurrent(`${example.title} (${example.file})`, async () => {
        expect(await playExample(example, place === 'root' ? '' : dialect.prefix)).toEqual([]);
      });
  });

  it('has an example of every route and method', () => {
    const pathOf = (path: string): string =>
      path
        .replace(/\?.*$/, '')
        .replace(/\{\{[\w.]*(id|uuid)\}\}/gi, SOME_UUID)
        .replace(/\{\{[\w.]+\}\}/g, '1');
    const played = examples.flatMap(({ request }) => {
      const route = dialect.routes.find(({ matches }) => matches(decodeURIComponent(pathOf(request.path))));
      return route && handlerOf(route, request.method) ? [`${request.method} ${route.path}`] : [];
    });
    const served = dialect.routes.flatMap(({ path, handlers }) =>
      methods.filter((method) => handlers[method]).map((method) => `${method} ${path}`),
    );
    expect(served.filter((one) => !played.includes(one))).toEqual([]);
  });
});

const SOME_UUID = '00000000-0000-4000-8000-000000000000';

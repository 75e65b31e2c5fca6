// The examples of one document, played through the real server, at the root and under the prefix of its dialect.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DjangoDialect } from '../../src/dialects/django/django.ts';
import { handlerOf, methods } from '../../src/dialects/django/route.ts';
import { isDistributed } from '../support/stores.ts';
import { Example } from './example.ts';
import { createPlayer, inOrderOfWorlds } from './playExample.ts';

const examplesIn = (folder: string): readonly (Example & { readonly file: string })[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((file) => ({ file, ...Example.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))) }));

const SOME_UUID = '00000000-0000-4000-8000-000000000000';

/** A path with something in place of what an example fills in. */
const pathOf = (path: string): string =>
  path
    .replace(/\?.*$/, '')
    .replace(/\{\{[\w.]*(id|uuid)\}\}/gi, SOME_UUID)
    .replace(/\{\{[\w.]+\}\}/g, '1');

const firstOfEach = <T>(all: readonly T[], keyOf: (one: T) => unknown): readonly T[] => [
  ...new Map(all.toReversed().map((one) => [keyOf(one), one])).values(),
];

/** Addresses are a matter of routes, not of stores: on shared stores the root alone is played. */
const places = isDistributed ? (['root'] as const) : (['root', 'prefix'] as const);

/** Declares the tests of the examples in `folder`. */
export const playExamples = (dialect: DjangoDialect, folder: string): void => {
  const examples = examplesIn(folder);

  /** The route and method that an example asks; undefined: none of this dialect. */
  const played = ({ request }: Example): string | undefined => {
    const route = dialect.routes.find(({ matches }) => matches(decodeURIComponent(pathOf(request.path))));
    return route && handlerOf(route, request.method) ? `${request.method} ${route.path}` : undefined;
  };

  /** How inputs are read and answers written is the same over all stores: of like answers, that to which most was recorded. */
  const overStores = (all: typeof examples): typeof examples =>
    firstOfEach(
      all.toSorted((a, b) => b.given.length - a.given.length),
      (example) => `${played(example)} ${example.response.status}`,
    );

  describe.each(places)('at the %s', (place) => {
    const { play, close } = createPlayer();
    afterAll(close);
    const here = examples.filter((example) => example.at.includes(place));
    // Under the prefix the same routes answer: one example of each shows that they are there.
    const atPlace = place === 'root' ? (isDistributed ? overStores(here) : here) : firstOfEach(here, played);
    for (const example of inOrderOfWorlds(atPlace))
      it(`${example.title} (${example.file})`, async () => {
        expect(await play(example, place === 'root' ? '' : `/${dialect.name}`)).toEqual([]);
      });
  });

  it('has an example of every route and method', () => {
    const all = examples.map(played);
    const served = dialect.routes.flatMap(({ path, handlers }) =>
      methods.filter((method) => handlers[method]).map((method) => `${method} ${path}`),
    );
    expect(served.filter((one) => !all.includes(one))).toEqual([]);
  });
};

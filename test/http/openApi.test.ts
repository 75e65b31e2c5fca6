// The OpenAPI document as other people's tools read it: two linters with the rules that they recommend.

import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRules from '@stoplight/spectral-rulesets';
import { describe, expect, test } from 'vitest';
import { openApiOf } from '../../src/http/openApi.ts';
import { routes } from '../../src/http/routes/index.ts';

const document = JSON.parse(JSON.stringify(openApiOf(routes, 'https://chat.example.org')));

/** Spectral looks at a shared response anew in every operation that refers to it, for minutes: here one does. */
const withEachResponseOnce = (): Record<string, unknown> => {
  const seen = new Set<string>();
  const once = structuredClone(document);
  for (const operation of Object.values<object>(once.paths).flatMap((methods) => Object.values(methods)))
    for (const [status, { $ref }] of Object.entries<{ $ref?: string }>(operation.responses))
      if ($ref !== undefined && seen.has($ref)) delete operation.responses[status];
      else if ($ref !== undefined) seen.add($ref);
  return once;
};

describe('the OpenAPI document', () => {
  test('names no key at a POST that does its work again under it', () => {
    const posts = Object.values<{ post?: { operationId: string; parameters: readonly { $ref?: string }[] } }>(
      document.paths,
    ).flatMap(({ post }) => post ?? []);
    const withoutKey = posts.filter(
      ({ parameters }) => !parameters.some(({ $ref }) => $ref?.endsWith('IdempotencyKey')),
    );
    expect(withoutKey.map(({ operationId }) => operationId).toSorted()).toEqual([
      'createTicket',
      'rebuildViews',
      'requestEmailVerification',
      'requestPasswordReset',
      'sealLog',
    ]);
  });

  test('has nothing that Redocly would mend', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const found = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config });
    expect(found.map(({ ruleId, message, location: [at] }) => `${ruleId}: ${message} ${at?.pointer}`)).toEqual([]);
  });

  test('has nothing that Spectral would mend', async () => {
    const spectral = new spectralCore.Spectral();
    spectral.setRuleset(spectralRules.oas as never);
    const found = await spectral.run(withEachResponseOnce());
    expect(found.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`)).toEqual([]);
  });
});

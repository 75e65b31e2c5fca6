import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schemas } from '../src/domain/events.ts';

const page = readFileSync(new URL('../docs/events.md', import.meta.url), 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` \| [^|]* \| ([^|]*) \|/gm)].map(([, type, data]) => [
    type,
    [...data!.matchAll(/`(\w+)`\?? /g)]
      .map(([, field]) => field)
      .filter((field) => !/^(admin|staff|auditor|owner|member)$/.test(field!)),
  ]),
);

test('docs/events.md names every event and no other', () => {
  expect([...rows.keys()]).toEqual(Object.keys(schemas));
});

test.each(Object.entries(schemas))('docs/events.md has every field of %s', (type, schema) => {
  for (const field of Object.keys(schema.shape)) expect(rows.get(type)).toContain(field);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { definitionOf, eventCatalogue } from '../src/domain/catalogue.ts';
import { type EventType, schemas } from '../src/domain/events.ts';
import { categories } from '../src/domain/streams.ts';
import { streamsOf } from '../src/domain/streamsOf.ts';
import { versionOf } from '../src/domain/versions.ts';

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

test('docs/events.md says what every kind of stream holds', () => {
  const listed = page.slice(page.indexOf('| stream | what it holds |'));
  const kinds = [...listed.matchAll(/^\| `([a-z]+)/gm)].map(([, kind]) => kind!);
  expect(new Set(kinds)).toEqual(new Set(categories));
  expect(kinds).toHaveLength(categories.length);
});

const kindsIn = (text: string): readonly string[] =>
  [...text.matchAll(/`?([a-z]+)(?:-[…<][^`,]*)?`?/g)].map(([, kind]) => kind!);

test.each(Object.keys(schemas) as EventType[])('docs/events.md says of %s what `verbatim schema` says', (type) => {
  const [, streams, data] = new RegExp(`^\\| \`${type}\` \\| ([^|]*) \\| ([^|]*) \\|`, 'm').exec(page)!;
  expect(kindsIn(streams!)).toEqual(streamsOf[type].map((stream) => /^[a-z]+/.exec(stream)![0]));
  const { properties = {}, required = [] } = eventCatalogue().$defs[definitionOf(type, versionOf(type))]!;
  const optional = Object.keys(properties).filter((field) => !required.includes(field));
  expect([...data!.matchAll(/`(\w+)`\? /g)].map(([, field]) => field)).toEqual(optional);
});

// The number of the views' shape rises with the shape: by it, versions of the program tell their views apart.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Event, type EventType, schemas } from '../../src/domain/events.ts';
import { noMarks, projectionsWith, shape } from '../../src/projections/index.ts';
import { changesOf, type Projection, project } from '../../src/projections/projection.ts';
import { samplesOf } from '../support/samplesOf.ts';
import { NOON, uuid } from '../support/scenario.ts';

/** By version: what `fingerprintOf` says of its views. */
const known: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('./shapes.json', import.meta.url), 'utf8'),
);

const projections = projectionsWith(noMarks);

const meta = { actorId: uuid(1), commandId: uuid(2), commandHash: 'hash', correlationId: 'test' };

const events = (Object.keys(schemas) as EventType[]).flatMap((type) =>
  samplesOf(schemas[type]).map((data) => {
    const place = { id: uuid(9), stream: `of-${type}`, revision: 4, position: 11, at: NOON };
    return { ...place, type, data, meta } as Event;
  }),
);

/** Names the collections, their indexes, and the documents that events of every type make. */
const fingerprintOf = (of: readonly Projection[]): string => {
  const collections = of.map(({ collection }) => collection);
  return createHash('sha256')
    .update(JSON.stringify([collections, events.map(project(of))]))
    .digest('hex');
};

test('the views are those that their version is known by: otherwise they are another version', () => {
  expect(shape.collections).toEqual(projections.map(({ collection }) => collection));
  expect(
    known[shape.version],
    `The views have changed: raise \`version\` of \`shape\` in src/projections/index.ts, and add "${shape.version + 1}": ` +
      `"${fingerprintOf(projections)}" to test/projections/shapes.json. A version that was released keeps its line.`,
  ).toBe(fingerprintOf(projections));
});

test('versions are numbered in a row, and the last one is this one', () => {
  expect(Object.keys(known).map(Number)).toEqual(Array.from({ length: shape.version }, (_, i) => i + 1));
  expect(shape.readsFrom).toBeLessThanOrEqual(shape.version);
});

describe('it is another version when', () => {
  const [first, ...rest] = projections as readonly [Projection, ...Projection[]];
  const [index, ...indexes] = first.collection.indexes;
  const { put } = changesOf('users');
  const others: Readonly<Record<string, readonly Projection[]>> = {
    'an index is gone': [{ ...first, collection: { ...first.collection, indexes } }, ...rest],
    'an index is sorted by another field': [
      { ...first, collection: { ...first.collection, indexes: [{ ...index!, sort: 'createdAt' }, ...indexes] } },
      ...rest,
    ],
    'a collection is new': [...projections, { collection: { name: 'likes', indexes: [] }, on: {} }],
    'a document has a field more': [
      { ...first, on: { ...first.on, UserDeleted: ({ data }) => [put({ id: data.userId, deletedAt: NOON })] } },
      ...rest,
    ],
    'an event is no longer projected': [{ ...first, on: { ...first.on, LoggedIn: () => [] } }, ...rest],
  };
  test.each(Object.entries(others))('%s', (_, of) => {
    expect(fingerprintOf(of)).not.toBe(fingerprintOf(projections));
  });
});

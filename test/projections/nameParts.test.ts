// The parts of names in the views: what they are, and that none of a name that is gone is left.

import { expect, test } from 'vitest';
import type { Event, EventType } from '../../src/domain/events.ts';
import { firstPartWith, nameParts } from '../../src/projections/nameParts.ts';
import { project } from '../../src/projections/projection.ts';
import { uuid } from '../support/scenario.ts';

const ANN = uuid(1);

/** The parts that are in, after these events. */
const partsAfter = (...events: readonly (readonly [EventType, object])[]) => {
  const docs = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [type, data] of events)
    for (const change of project([nameParts])({ type, data: { userId: ANN, ...data } } as Event)) {
      if (change.op === 'put') docs.set(change.doc.id, change.doc);
      else if (change.op === 'patch' && docs.has(change.id))
        docs.set(change.id, { ...docs.get(change.id), ...change.fields });
    }
  return [...docs.values()];
};
const partsIn = (docs: readonly Readonly<Record<string, unknown>>[]) =>
  docs.filter(({ isIn }) => isIn).map(({ key }) => String(key).split(' ')[0]);

const registered = ['UserRegistered', { username: 'anna', firstName: 'Ann', lastName: '' }] as const;

test('a name has a part from each of its characters on', () => {
  expect(partsIn(partsAfter(registered))).toEqual(['anna', 'nna', 'na', 'a', 'ann', 'nn', 'n']);
  expect(firstPartWith('n', ANN, { username: 'anna', firstName: 'Ann', lastName: '' })).toBe(`${ANN}u1`);
  expect(firstPartWith('x', ANN, { username: 'anna' })).toBeUndefined();
});

test('a shorter name leaves nothing of the longer one before it', () => {
  const renamed = ['ProfileChanged', { changes: { firstName: 'Zo', lastName: 'Li' } }] as const;
  const docs = partsAfter(registered, renamed, ['UsernameChanged', { username: 'z' }]);
  expect(partsIn(docs)).toEqual(['z', 'zo', 'o', 'li', 'i']);
  expect(JSON.stringify(docs)).not.toContain('nn');
});

test('a display name is found beside the other names', () => {
  const docs = partsAfter(registered, ['DisplayNameChanged', { displayName: 'Zo' }]);
  expect(partsIn(docs).slice(-2)).toEqual(['zo', 'o']);
  const back = partsAfter(
    registered,
    ['DisplayNameChanged', { displayName: 'Zo' }],
    ['DisplayNameChanged', { displayName: null }],
  );
  expect(partsIn(back)).toEqual(partsIn(partsAfter(registered)));
});

test('a deleted account leaves no part of a name', () => {
  const docs = partsAfter(registered, ['UserDeleted', {}]);
  expect(docs.map(({ key, isIn }) => [key, isIn])).toEqual(docs.map(() => ['', false]));
});

import { expect, it } from 'vitest';
import { createStandstill } from '../../../src/store/eventStoreDb/standstill.ts';
import { Unavailable } from '../../../src/store/ports.ts';

it('lasts until the last follower that failed receives again or has ended', () => {
  const told: unknown[] = [];
  const { fails, ends } = createStandstill((failure) => told.push(failure));
  const [first, second] = [{}, {}];
  const why = new Unavailable('events', new Error('the disk'));
  ends(first);
  fails(first, why);
  fails(second, why);
  ends(first);
  ends(first);
  expect(told).toEqual([why, why]);
  ends(second);
  expect(told).toEqual([why, why, undefined]);
});

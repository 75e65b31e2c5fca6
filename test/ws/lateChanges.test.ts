// Who knows things as of a position learns of each of their changes, and of no others while few changed.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLateChanges } from '../../src/ws/delivery/lateChanges.ts';

const MOST = 3;
const thing = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');

test('a change of a known thing is never missed; changes of others are none, until more changed than are remembered', () => {
  fc.assert(
    fc.property(
      fc.array(thing, { maxLength: 30 }),
      fc.nat(30),
      fc.uniqueArray(thing, { maxLength: 3 }),
      (all, at, known) => {
        const changes = createLateChanges(MOST);
        const [before, since] = [all.slice(0, at), all.slice(at)];
        for (const [i, id] of before.entries()) changes.passed(id, i + 1);
        const asOf = changes.last;
        for (const [i, id] of since.entries()) changes.passed(id, asOf + i + 1);
        const isNews = changes.lastOf(known) > asOf;
        if (since.some((id) => known.includes(id))) expect(isNews).toBe(true);
        else if (new Set(since).size <= MOST) expect(isNews).toBe(false);
      },
    ),
  );
});

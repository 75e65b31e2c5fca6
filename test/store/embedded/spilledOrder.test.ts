// Things in the order of their keys, in bounded memory.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpilledOrder } from '../../../src/store/embedded/spilledOrder.ts';

test('it gives everything back by its key, and things of one key by their number', () => {
  const thing = fc.record({ key: fc.integer({ min: -3, max: 3 }), nth: fc.integer({ min: 0, max: 2 ** 50 }) });
  fc.assert(
    fc.property(fc.uniqueArray(thing, { selector: ({ nth }) => nth }), (things) => {
      const order = createSpilledOrder<{ key: number; nth: number }>();
      for (const thing of things) order.add(thing.key, thing.nth, thing);
      expect(order.size).toBe(things.length);
      expect([...order.inOrder()]).toEqual(things.toSorted((a, b) => a.key - b.key || a.nth - b.nth));
      order.close();
    }),
  );
});

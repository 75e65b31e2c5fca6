// A map of any size in bounded memory.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpilledMap } from '../../../src/store/embedded/spilledMap.ts';

test('it gives back what was put last under a key, however few entries are in memory', async () => {
  const put = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), value: fc.nat() });
  await fc.assert(
    fc.asyncProperty(fc.array(put, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (puts, most) => {
      const [map, model] = [createSpilledMap<{ value: number }>(most), new Map<string, { value: number }>()];
      for (const { key, value } of puts) {
        map.set(key, { value });
        model.set(key, { value });
        for (const one of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) expect(map.get(one)).toEqual(model.get(one));
      }
      await map.close();
    }),
  );
});

test('so many entries are in memory, and no more: the others are copies', async () => {
  const map = createSpilledMap<object>(2);
  const [one, two, three] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  map.set('one', one);
  map.set('two', two);
  expect([map.get('one'), map.get('two')]).toEqual([one, two]);
  map.set('three', three);
  expect(map.get('three')).toBe(three);
  expect(map.get('one')).toEqual(one);
  expect(map.get('one')).not.toBe(one);
  await map.close();
});

// Changes of a persistent map leave every earlier one alone.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PersistentMap } from '../../src/domain/persistentMap.ts';

interface Value {
  readonly at: number;
}

const steps = fc.array(fc.record({ key: fc.nat({ max: 12 }).map(String), isPut: fc.boolean() }), { maxLength: 60 });

test('each version has what a map has that is copied for each change', () => {
  void fc.assert(
    fc.property(steps, (script) => {
      let map: PersistentMap<Value> = PersistentMap.empty;
      let model: ReadonlyMap<string, Value> = new Map();
      const versions: (readonly [typeof map, typeof model])[] = [[map, model]];
      for (const [at, { key, isPut }] of script.entries()) {
        const next = new Map(model);
        const value = { at };
        if (isPut) next.set(key, value);
        else next.delete(key);
        map = isPut ? map.with(key, value) : map.without(key);
        model = next;
        versions.push([map, model]);
      }
      for (const [kept, wanted] of versions) {
        expect([kept.size, new Map(kept)]).toEqual([wanted.size, wanted]);
        expect([...kept.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
        for (let key = 0; key < 13; key++) expect(kept.get(String(key))).toBe(wanted.get(String(key)));
      }
    }),
  );
});

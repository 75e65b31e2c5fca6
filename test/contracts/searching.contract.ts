// What every view store must do with a searched collection.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Collection, Doc, Placed, Search, SearchTerm, Shape, ViewStore } from '../../src/store/ports.ts';
import { shapeOf } from '../support/shapeOf.ts';
import { upTo } from '../support/upTo.ts';

/** A store of its own for one test. */
export interface OpenedViewStore {
  readonly store: ViewStore;
  /** Closes the store and removes all it kept. */
  close(): Promise<void>;
  /**
   * Closes the store and opens another on what it kept, of the same shape or another one; `close` then closes that one.
   */
  reopen?(shape?: Shape): Promise<ViewStore>;
}

const collections: readonly Collection[] = [
  { name: 'words', indexes: [], searched: { fields: ['words', 'marks'], sort: 'position' } },
  { name: 'others', indexes: [{ fields: ['kind'], sort: 'id' }] },
];

const doc = (position: number, words: readonly string[], marks: readonly string[] = []): Doc => ({
  id: `m${position}`,
  position,
  words,
  marks,
});
const put = (of: Doc): Change => ({ op: 'put', collection: 'words', doc: of });
const patch = (id: string, words: readonly string[]): Change => ({
  op: 'patch',
  collection: 'words',
  id,
  fields: { words },
});
const remove = (id: string): Change => ({ op: 'remove', collection: 'words', id });
const at = (position: number, ...changes: Change[]): Placed => ({ position, changes });

const word = (...anyOf: readonly string[]): SearchTerm => ({ field: 'words', anyOf, isPrefix: false });
const mark = (...anyOf: readonly string[]): SearchTerm => ({ field: 'marks', anyOf, isPrefix: false });
const begin = (...anyOf: readonly string[]): SearchTerm => ({ field: 'words', anyOf, isPrefix: true });

export function searchContract(name: string, open: (shape: Shape) => Promise<OpenedViewStore>): void {
  describe(`a searched collection kept by ${name}`, () => {
    let opened: OpenedViewStore;
    let store: ViewStore;
    beforeEach(async () => {
      opened = await open(shapeOf(collections));
      store = opened.store;
    });
    afterEach(() => opened.close());

    const idsIn = async (views: ViewStore, all: readonly SearchTerm[], more: Partial<Search> = {}) =>
      (await views.search('words', { all, limit: 1000, ...more })).docs.map(({ id }) => id);
    const ids = (all: readonly SearchTerm[], more?: Partial<Search>) => idsIn(store, all, more);

    it('is found by tokens, whole documents, the newest first', async () => {
      await store.apply([at(1, put(doc(1, ['tea', 'milk']))), at(2, put(doc(2, ['tea'])))], upTo(2));
      expect(await store.search('words', { all: [word('tea')], limit: 10 })).toEqual({
        docs: [doc(2, ['tea']), doc(1, ['tea', 'milk'])],
        more: false,
      });
      expect(await ids([word('tea'), word('milk')])).toEqual(['m1']);
      expect(await ids([word('milk', 'tea')])).toEqual(['m2', 'm1']);
      expect(await ids([word('te')])).toEqual([]);
      expect(await ids([word('none')])).toEqual([]);
    });

    it('is found by how a token begins', async () => {
      await store.apply([at(1, put(doc(1, ['teapot', 'cup']))), at(2, put(doc(2, ['tent'])))], upTo(2));
      expect(await ids([begin('te')])).toEqual(['m2', 'm1']);
      expect(await ids([begin('tea')])).toEqual(['m1']);
      expect(await ids([begin('cu', 'ten')])).toEqual(['m2', 'm1']);
      expect(await ids([begin('eap')])).toEqual([]);
    });

    it('tells a token of one field from the same of another', async () => {
      await store.apply([at(1, put(doc(1, ['tea'], ['ann']))), at(2, put(doc(2, ['ann'], ['tea'])))], upTo(2));
      expect(await ids([word('tea')])).toEqual(['m1']);
      expect(await ids([word('tea'), mark('ann')])).toEqual(['m1']);
      expect(await ids([mark('tea')])).toEqual(['m2']);
    });

    it('is read in pages by its number', async () => {
      await store.apply(
        Array.from({ length: 7 }, (_, i) => at(i + 1, put(doc(i + 1, ['tea'])))),
        upTo(7),
      );
      const page = await store.search('words', { all: [word('tea')], limit: 3 });
      expect(page).toMatchObject({ docs: [{ id: 'm7' }, { id: 'm6' }, { id: 'm5' }], more: true });
      expect(await ids([word('tea')], { before: 5 })).toEqual(['m4', 'm3', 'm2', 'm1']);
      expect(await ids([word('tea')], { before: 5, after: 2 })).toEqual(['m4', 'm3']);
    });

    it('follows every change of a document, found before or not', async () => {
      await store.apply([at(1, put(doc(1, ['tea'])), put(doc(2, ['tea'])), put(doc(3, ['tea'])))], upTo(1));
      expect(await ids([word('tea')])).toEqual(['m3', 'm2', 'm1']);
      await store.apply([at(2, patch('m1', ['milk']), remove('m2'), put(doc(3, ['cup'])))], upTo(2));
      expect(await ids([word('tea')])).toEqual([]);
      expect(await ids([word('milk')])).toEqual(['m1']);
      expect(await ids([word('cup')])).toEqual(['m3']);
      await store.apply(
        [at(3, put(doc(4, ['tea']))), at(4, patch('m4', ['pot'])), at(5, put(doc(5, ['tea'])))],
        upTo(5),
      );
      await store.apply([at(6, patch('m5', ['jar']))], upTo(6));
      expect(await ids([word('tea')])).toEqual([]);
      expect(await ids([word('pot', 'jar')])).toEqual(['m5', 'm4']);
    });

    it('keeps its documents as they were put', async () => {
      await store.apply([at(1, put(doc(1, ['tea'], ['ann'])))], upTo(1));
      expect(await store.get('words', ['m1'])).toEqual([doc(1, ['tea'], ['ann'])]);
      expect((await store.scan('words', { limit: 10 })).docs).toEqual([doc(1, ['tea'], ['ann'])]);
    });

    it('is mended with what can be found by it', async () => {
      await store.apply([at(1, put(doc(1, ['tea'])), put(doc(3, ['tea'])))], upTo(3));
      await ids([word('tea')]);
      await store.mend(async () => [
        { collection: 'words', id: 'm1', doc: null },
        { collection: 'words', id: 'm2', doc: doc(2, ['tea']) },
        { collection: 'words', id: 'm3', doc: doc(3, ['milk']) },
      ]);
      expect(await ids([word('tea')])).toEqual(['m2']);
      expect(await ids([word('milk')])).toEqual(['m3']);
    });

    it('is searched as soon as a build of it serves', async () => {
      await store.apply([at(1, put(doc(1, ['old'])))], upTo(1));
      const build = await store.build();
      await build.apply([at(1, put(doc(1, ['tea']))), at(2, put(doc(2, ['tea'])))], upTo(2));
      await build.apply([at(3, patch('m1', ['milk']))], upTo(3));
      await build.finish();
      await store.checkpoint();
      expect(await ids([word('old')])).toEqual([]);
      expect(await ids([word('tea')])).toEqual(['m2']);
      await store.apply([at(4, put(doc(4, ['tea'])), patch('m2', ['cup']))], upTo(4));
      expect(await ids([word('tea')])).toEqual(['m4']);
      expect(await ids([word('milk', 'cup')])).toEqual(['m2', 'm1']);
    });

    it('is searched after it was opened again', async () => {
      if (opened.reopen === undefined) return;
      await store.apply([at(1, put(doc(1, ['tea'])))], upTo(1));
      expect(await ids([word('tea')])).toEqual(['m1']);
      await store.apply([at(2, put(doc(2, ['tea'])))], upTo(2));
      const again = await opened.reopen();
      expect(await idsIn(again, [word('tea')])).toEqual(['m2', 'm1']);
      await again.checkpoint();
      await again.apply([at(3, patch('m1', ['milk']))], upTo(3));
      expect(await idsIn(again, [word('tea')])).toEqual(['m2']);
    });

    it('takes no other search than it declares, and only plain tokens', async () => {
      const wrong: readonly Search[] = [
        { all: [], limit: 1 },
        { all: [word()], limit: 1 },
        { all: [{ field: 'id', anyOf: ['m1'], isPrefix: false }], limit: 1 },
        { all: [word('a" OR "b')], limit: 1 },
        { all: [begin('.*')], limit: 1 },
        { all: [word('UPPER')], limit: 1 },
      ];
      for (const search of wrong) await expect(store.search('words', search)).rejects.toThrow(TypeError);
      await expect(store.search('others', { all: [word('a')], limit: 1 })).rejects.toThrow(TypeError);
      await expect(store.search('words', { all: [word('a')], limit: 0 })).rejects.toThrow(RangeError);
      await expect(store.search('words', { all: [word('a')], limit: 1001 })).rejects.toThrow(RangeError);
    });

    it('finds what a look at every document finds', { timeout: 60_000 }, async () => {
      const token = fc.constantFrom('aa', 'ab', 'ba', 'bb', 'abc', 'abd');
      const tokens = fc.uniqueArray(token, { maxLength: 4 });
      const change = fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({ op: fc.constant('put' as const), n: fc.integer({ min: 1, max: 9 }), tokens }),
        },
        fc.record({ op: fc.constant('patch' as const), n: fc.integer({ min: 1, max: 9 }), tokens }),
        fc.record({ op: fc.constant('remove' as const), n: fc.integer({ min: 1, max: 9 }), tokens }),
      );
      const term = fc.record({
        field: fc.constantFrom('words', 'marks'),
        anyOf: fc.array(fc.oneof(token, fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 2 }),
        isPrefix: fc.boolean(),
      });
      const known = new Map<string, Doc>();
      let position = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 6 }),
          fc.array(term, { minLength: 1, maxLength: 3 }),
          async (changes, all) => {
            const batch = changes.map(({ op, n, tokens: found }) => {
              position++;
              const of = doc(n, found, found.toReversed().slice(1));
              if (op === 'put') known.set(of.id, of);
              else if (op === 'remove') known.delete(of.id);
              else if (known.has(of.id)) known.set(of.id, { ...known.get(of.id)!, words: found });
              return at(position, op === 'put' ? put(of) : op === 'patch' ? patch(of.id, found) : remove(of.id));
            });
            if (batch.length > 0) await store.apply(batch, upTo(position));
            const fits = (of: Doc) =>
              all.every(({ field, anyOf, isPrefix }) =>
                (of[field] as readonly string[]).some((has) =>
                  anyOf.some((token) => (isPrefix ? has.startsWith(token) : has === token)),
                ),
              );
            const expected = [...known.values()]
              .filter(fits)
              .toSorted((a, b) => Number(b.position) - Number(a.position));
            expect((await store.search('words', { all, limit: 100 })).docs).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}

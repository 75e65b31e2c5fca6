// What every view store must do, whatever keeps the documents.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Change,
  type Collection,
  type Doc,
  type Find,
  type Placed,
  type Shape,
  Switched,
  Unavailable,
  type Value,
  VIEW_PAGE_BYTES,
  type ViewStore,
} from '../../src/store/ports.ts';
import { shapeOf } from '../support/shapeOf.ts';
import { upTo } from '../support/upTo.ts';
import { type OpenedViewStore, searchContract } from './searching.contract.ts';

export const collections: readonly Collection[] = [
  {
    name: 'messages',
    indexes: [
      { fields: ['conversationId'], sort: 'seq' },
      { fields: ['conversationId', 'kind'], sort: 'seq' },
      { fields: ['pinned'], sort: 'seq' },
      { fields: ['seq'], sort: 'id' },
    ],
  },
  { name: 'conversations', indexes: [{ fields: ['kind'], sort: 'name' }] },
];

const message = (seq: number, more: { [field: string]: Value } = {}): Doc => ({
  id: `m${seq}`,
  conversationId: 'lobby',
  seq,
  kind: 'text',
  text: `message ${seq}`,
  ...more,
});

const put = (doc: Doc, collection = 'messages'): Change => ({ op: 'put', collection, doc });
const patch = (id: string, fields: { [field: string]: Value }, collection = 'messages'): Change => ({
  op: 'patch',
  collection,
  id,
  fields,
});
const add = (id: string, field: string, by: number, collection = 'messages'): Change => ({
  op: 'add',
  collection,
  id,
  field,
  by,
});
const MOST = 3;
const front = (id: string, item: string, field = 'writers'): Change => ({
  op: 'moveToFront',
  collection: 'messages',
  id,
  field,
  item,
  most: MOST,
});
const remove = (id: string, collection = 'messages'): Change => ({ op: 'remove', collection, id });
const at = (position: number, ...changes: Change[]): Placed => ({ position, changes });

const inLobby = (find: Partial<Find> = {}): Find => ({
  where: { conversationId: 'lobby' },
  sort: 'seq',
  limit: 1000,
  ...find,
});

const lobby = (count: number): Placed[] =>
  Array.from({ length: count }, (_, index) => at(index + 1, put(message(index + 1))));

export function viewStoreContract(name: string, open: (shape: Shape) => Promise<OpenedViewStore>): void {
  searchContract(name, open);
  describe(`a view store kept by ${name}`, () => {
    let opened: OpenedViewStore;
    let store: ViewStore;

    beforeEach(async () => {
      opened = await open(shapeOf(collections));
      store = opened.store;
    });
    afterEach(() => opened.close());

    const one = async (id: string, collection = 'messages') => (await store.get(collection, [id]))[0];
    const seqs = async (find: Find) => (await store.find('messages', find)).docs.map(({ seq }) => seq);

    describe('documents by id', () => {
      it('are given as they were put, in the order asked for, with gaps where there is none', async () => {
        await store.apply([at(1, put(message(1)), put(message(2)))], upTo(1));
        expect(await store.get('messages', ['m2', 'nobody', 'm1', 'm2'])).toEqual([
          message(2),
          undefined,
          message(1),
          message(2),
        ]);
        expect(await store.get('messages', [])).toEqual([]);
        expect(await store.get('conversations', ['m1'])).toEqual([undefined]);
      });

      it('keep every kind of value, and every text letter by letter', async () => {
        const doc = message(1, {
          text: 'سلام 👋🏽 “zwölf”   \u0000 \\ \' " $ne a.b',
          nothing: null,
          yes: true,
          no: false,
          half: -0.5,
          big: Number.MAX_SAFE_INTEGER,
          nested: { list: [1, 'two', null, { deep: [] }], empty: {} },
        });
        await store.apply([at(1, put(doc))], upTo(1));
        expect(await one('m1')).toEqual(doc);
      });

      it('are replaced whole by another put', async () => {
        await store.apply([at(1, put(message(1, { pinned: true })))], upTo(1));
        await store.apply([at(2, put({ id: 'm1', conversationId: 'den', seq: 1 }))], upTo(2));
        expect(await one('m1')).toEqual({ id: 'm1', conversationId: 'den', seq: 1 });
        expect(await seqs(inLobby())).toEqual([]);
        expect(await seqs(inLobby({ where: { conversationId: 'den' } }))).toEqual([1]);
      });
    });

    describe('changes', () => {
      it('patch only the fields named, and the indexes follow', async () => {
        await store.apply([at(1, put(message(1)))], upTo(1));
        await store.apply([at(2, patch('m1', { conversationId: 'den', text: 'moved' }))], upTo(2));
        expect(await one('m1')).toEqual(message(1, { conversationId: 'den', text: 'moved' }));
        expect(await seqs(inLobby())).toEqual([]);
        expect(await seqs(inLobby({ where: { conversationId: 'den' } }))).toEqual([1]);
      });

      it('patch a field to null and keep the null', async () => {
        await store.apply([at(1, put(message(1)))], upTo(1));
        await store.apply([at(2, patch('m1', { text: null, fileId: null }))], upTo(2));
        expect(await one('m1')).toEqual(message(1, { text: null, fileId: null }));
      });

      it('patch a nested value whole', async () => {
        await store.apply([at(1, put(message(1, { last: { id: 'a', text: 'b' } })))], upTo(1));
        await store.apply([at(2, patch('m1', { last: { id: 'c' } }))], upTo(2));
        expect((await one('m1'))?.last).toEqual({ id: 'c' });
      });

      it('add to a number, and to a missing field from 0', async () => {
        await store.apply([at(1, put(message(1, { likes: 5 })))], upTo(1));
        await store.apply(
          [at(2, add('m1', 'likes', 2), add('m1', 'views', 3)), at(3, add('m1', 'likes', -4))],
          upTo(3),
        );
        expect(await one('m1')).toEqual(message(1, { likes: 3, views: 3 }));
      });

      it('move an item to the front of a list, a new one and a known one, and keep so many of the latest', async () => {
        const writers = async () => (await one('m1'))?.writers;
        await store.apply([at(1, put(message(1)))], upTo(1));
        await store.apply([at(2, front('m1', 'ann'))], upTo(2));
        await store.apply([at(3, front('m1', 'ben'))], upTo(3));
        expect(await one('m1')).toEqual(message(1, { writers: ['ben', 'ann'] }));
        await store.apply([at(4, front('m1', 'ann'))], upTo(4));
        expect(await writers()).toEqual(['ann', 'ben']);
        await store.apply([at(5, front('m1', 'cleo'))], upTo(5));
        await store.apply([at(6, front('m1', 'dan'))], upTo(6));
        expect(await writers()).toEqual(['dan', 'cleo', 'ann']);
      });

      it('move the items of one batch to the front in their order, each once', async () => {
        const writers = async () => (await one('m1'))?.writers;
        await store.apply([at(1, put(message(1, { writers: ['ann', 'ben'] })))], upTo(1));
        await store.apply([at(2, front('m1', 'ben'), front('m1', 'cleo')), at(3, front('m1', 'ben'))], upTo(3));
        expect(await writers()).toEqual(['ben', 'cleo', 'ann']);
        await store.apply(
          ['ann', 'ben', 'cleo', 'dan'].map((each, i) => at(4 + i, front('m1', each))),
          upTo(7),
        );
        expect(await writers()).toEqual(['dan', 'cleo', 'ben']);
        await store.apply([at(8, put(message(1)), front('m1', 'ann')), at(9, front('m1', 'ben'))], upTo(9));
        expect(await writers()).toEqual(['ben', 'ann']);
        await store.apply([at(10, front('m1', 'ann')), at(11, patch('m1', { writers: ['dan'] }))], upTo(11));
        expect(await writers()).toEqual(['dan']);
        await store.apply([at(12, patch('m1', { writers: ['cleo', 'dan'] }), front('m1', 'dan'))], upTo(12));
        expect(await one('m1')).toEqual(message(1, { writers: ['dan', 'cleo'] }));
        await store.apply([at(13, front('m1', 'ann'), add('m1', 'likes', 1), patch('m1', { text: 'new' }))], upTo(13));
        expect(await one('m1')).toEqual(message(1, { writers: ['ann', 'dan', 'cleo'], likes: 1, text: 'new' }));
      });

      it('take a document away', async () => {
        await store.apply([at(1, put(message(1)), put(message(2)))], upTo(1));
        await store.apply([at(2, remove('m1'))], upTo(2));
        expect(await one('m1')).toBeUndefined();
        expect(await seqs(inLobby())).toEqual([2]);
      });

      it('of a document that does not exist do nothing', async () => {
        const changes = [patch('m1', { text: 'x' }), add('m2', 'likes', 1), remove('m3')];
        await store.apply([at(1, ...changes, front('m4', 'ann'))], upTo(1));
        expect(await store.get('messages', ['m1', 'm2', 'm3', 'm4'])).toEqual(Array(4).fill(undefined));
        expect(await store.checkpoint()).toMatchObject({ position: 1 });
      });

      it('of a document removed earlier do nothing, until it is put again', async () => {
        await store.apply(
          [at(1, put(message(1, { likes: 9 }))), at(2, remove('m1'), patch('m1', { text: 'x' }))],
          upTo(2),
        );
        await store.apply([at(3, add('m1', 'likes', 1))], upTo(3));
        expect(await one('m1')).toBeUndefined();
        await store.apply([at(4, put(message(1))), at(5, add('m1', 'likes', 1))], upTo(5));
        expect(await one('m1')).toEqual(message(1, { likes: 1 }));
      });

      it('of one event and of one batch are made in their order', async () => {
        await store.apply(
          [
            at(1, put(message(1)), add('m1', 'likes', 1), patch('m1', { likes: 10 }), add('m1', 'likes', 1)),
            at(2, add('m1', 'likes', 5), patch('m1', { text: 'edited' })),
            at(3, patch('m1', { text: 'edited again' })),
          ],
          upTo(3),
        );
        expect(await one('m1')).toEqual(message(1, { likes: 16, text: 'edited again' }));
        await store.apply(
          [at(4, add('m1', 'likes', 3)), at(5, patch('m1', { likes: 0 })), at(6, add('m1', 'likes', 2))],
          upTo(6),
        );
        expect(await one('m1')).toEqual(message(1, { likes: 2, text: 'edited again' }));
      });

      it('are refused for an undeclared collection, a new id, a sum on a text, and the front of a text; nothing of the batch is kept', async () => {
        await store.apply([at(1, put(message(1)))], upTo(1));
        const misplaced = [put(message(2), 'secrets'), patch('m1', { id: 'm9' })];
        const refused = [...misplaced, add('m1', 'text', 1), front('m1', 'ann', 'text')];
        for (const change of refused) {
          await expect(store.apply([at(2, put(message(2)), change)], upTo(2))).rejects.toThrow(TypeError);
        }
        expect(await store.checkpoint()).toMatchObject({ position: 1 });
        expect(await store.get('messages', ['m1', 'm2'])).toEqual([message(1), undefined]);
        await store.apply([at(2, put(message(2)))], upTo(2));
        expect(await one('m2')).toEqual(message(2));
      });
    });

    describe('events seen twice', () => {
      it('change nothing, whether they put, patched, added, moved or removed', async () => {
        const first = [
          at(1, put(message(1, { likes: 0 })), put(message(2))),
          at(2, add('m1', 'likes', 1), front('m1', 'ann')),
        ];
        const second = [
          at(3, patch('m1', { text: 'edited' }), front('m1', 'ben')),
          at(4, add('m1', 'likes', 1), remove('m2')),
        ];
        await store.apply(first, upTo(2));
        await store.apply(second, upTo(4));
        await store.apply(first, upTo(2));
        await store.apply([...first, ...second], upTo(4));
        expect(await one('m1')).toEqual(message(1, { likes: 2, text: 'edited', writers: ['ben', 'ann'] }));
        expect(await one('m2')).toBeUndefined();
        expect(await store.checkpoint()).toMatchObject({ position: 4 });
      });

      it('change nothing when they come twice in one batch, or before ones that are new', async () => {
        await store.apply([at(1, put(message(1, { likes: 0 }))), at(2, add('m1', 'likes', 1))], upTo(2));
        await store.apply(
          [at(2, add('m1', 'likes', 1)), at(3, add('m1', 'likes', 1)), at(3, add('m1', 'likes', 1))],
          upTo(3),
        );
        expect((await one('m1'))?.likes).toBe(2);
      });
    });

    describe('the checkpoint', () => {
      it('is 0 before anything, moves with each batch, also an empty one, and never goes back', async () => {
        expect(await store.checkpoint()).toMatchObject({ position: 0 });
        await store.apply([at(3, put(message(1)))], upTo(5));
        expect(await store.checkpoint()).toMatchObject({ position: 5 });
        await store.apply([], upTo(9));
        expect(await store.checkpoint()).toMatchObject({ position: 9 });
        await store.apply([at(4, put(message(1, { text: 'late' })))], upTo(6));
        expect(await store.checkpoint()).toMatchObject({ position: 9 });
      });

      it('keeps the mark it was given last, and none of an earlier place', async () => {
        expect(await store.checkpoint()).toEqual({ position: 0, mark: '', isOutdated: false });
        await store.apply(lobby(3), { position: 3, mark: "it's $mark" });
        await store.apply(lobby(2), { position: 2, mark: 'earlier' });
        expect(await store.checkpoint()).toEqual({ position: 3, mark: "it's $mark", isOutdated: false });
        const build = await store.build();
        await build.apply(lobby(2), { position: 2, mark: 'of the build' });
        await build.apply(lobby(1), { position: 1, mark: 'earlier' });
        await build.finish();
        if (opened.reopen) store = await opened.reopen();
        expect(await store.checkpoint()).toEqual({ position: 2, mark: 'of the build', isOutdated: false });
      });

      it('is kept with the documents when the store is opened again', async (context) => {
        if (!opened.reopen) return context.skip();
        await store.apply([at(7, put(message(1)))], upTo(7));
        store = await opened.reopen();
        expect(await store.checkpoint()).toMatchObject({ position: 7 });
        expect(await one('m1')).toEqual(message(1));
        await store.apply([at(7, add('m1', 'seq', 1)), at(8, put(message(2)))], upTo(8));
        expect(await seqs(inLobby())).toEqual([1, 2]);
      });
    });

    describe('a page', () => {
      beforeEach(() => store.apply([...lobby(20), at(21, put(message(21, { conversationId: 'den' })))], upTo(21)));

      it('holds the documents of equal fields only, in order', async () => {
        expect(await seqs(inLobby())).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
        expect(await seqs(inLobby({ where: { conversationId: 'den' } }))).toEqual([21]);
        expect(await seqs(inLobby({ where: { conversationId: 'nowhere' } }))).toEqual([]);
      });

      it('holds whole documents', async () => {
        expect((await store.find('messages', inLobby({ limit: 2 }))).docs).toEqual([message(1), message(2)]);
      });

      it('ends at its limit, from either end', async () => {
        expect(await seqs(inLobby({ limit: 3 }))).toEqual([1, 2, 3]);
        expect(await seqs(inLobby({ limit: 3, descending: true }))).toEqual([20, 19, 18]);
      });

      it('lies between its bounds, which it does not hold', async () => {
        expect(await seqs(inLobby({ after: 15 }))).toEqual([16, 17, 18, 19, 20]);
        expect(await seqs(inLobby({ before: 4 }))).toEqual([1, 2, 3]);
        expect(await seqs(inLobby({ after: 4, before: 8 }))).toEqual([5, 6, 7]);
        expect(await seqs(inLobby({ after: 4, before: 8, descending: true, limit: 2 }))).toEqual([7, 6]);
        expect(await seqs(inLobby({ after: 20 }))).toEqual([]);
      });

      it('is found by several fields, by numbers, by booleans and by id order', async () => {
        await store.apply(
          [
            at(
              22,
              patch('m3', { kind: 'file', pinned: true }),
              patch('m5', { pinned: false }),
              put(message(5, { id: 'n5' })),
            ),
          ],
          upTo(22),
        );
        expect(await seqs(inLobby({ where: { kind: 'file', conversationId: 'lobby' } }))).toEqual([3]);
        expect(await seqs({ where: { pinned: true }, sort: 'seq', limit: 10 })).toEqual([3]);
        expect(await seqs({ where: { pinned: false }, sort: 'seq', limit: 10 })).toEqual([5]);
        const { docs: fifths } = await store.find('messages', {
          where: { seq: 5 },
          sort: 'id',
          limit: 10,
          after: 'm5',
        });
        expect(fifths.map(({ id }) => id)).toEqual(['n5']);
      });

      it('tells numbers, texts and booleans apart', async () => {
        await store.apply(
          [at(22, put(message(30, { conversationId: '1' })), put(message(31, { pinned: true })))],
          upTo(22),
        );
        expect(await seqs(inLobby({ where: { conversationId: 1 } }))).toEqual([]);
        expect(await seqs({ where: { pinned: 1 }, sort: 'seq', limit: 10 })).toEqual([]);
        expect(await seqs({ where: { pinned: 'true' }, sort: 'seq', limit: 10 })).toEqual([]);
      });

      it('sorts texts too', async () => {
        const named = ['b', 'a', 'ä', 'B'].map((name) => put({ id: `c-${name}`, kind: 'room', name }, 'conversations'));
        await store.apply([at(22, ...named)], upTo(22));
        const { docs: rooms } = await store.find('conversations', {
          where: { kind: 'room' },
          sort: 'name',
          after: 'B',
          limit: 10,
        });
        expect(rooms.map(({ name }) => name)).toEqual(['a', 'b', 'ä']);
      });

      it('takes texts that look like operators, paths or statements for values', async () => {
        const tricky = ['$ne', '$where', 'a.b', '{"$gt":""}', "' OR 1=1 --", '"; DROP TABLE messages', '', '%', 'نام'];
        for (const conversationId of tricky)
          expect(await seqs(inLobby({ where: { conversationId } })), conversationId).toEqual([]);
        await store.apply(
          [at(22, ...tricky.map((conversationId, i) => put(message(40 + i, { conversationId }))))],
          upTo(22),
        );
        for (const [i, conversationId] of tricky.entries())
          expect(await seqs(inLobby({ where: { conversationId } })), conversationId).toEqual([40 + i]);
        expect(await one('$ne')).toBeUndefined();
        expect(await seqs(inLobby({ limit: 1 }))).toEqual([1]);
      });

      it('is counted whole, between its bounds, where its fields are equal', async () => {
        const count = ({ where, sort, after, before }: Find) =>
          store.count('messages', {
            where,
            sort,
            ...(after === undefined ? {} : { after }),
            ...(before === undefined ? {} : { before }),
          });
        await store.apply(
          [at(22, patch('m3', { kind: 'file' }), patch('m5', { kind: 'file' }), remove('m9'))],
          upTo(22),
        );
        expect(await count(inLobby())).toBe(19);
        expect(await count(inLobby({ after: 15 }))).toBe(5);
        expect(await count(inLobby({ before: 4 }))).toBe(3);
        expect(await count(inLobby({ after: 4, before: 10 }))).toBe(4);
        expect(await count(inLobby({ after: 3, where: { conversationId: 'lobby', kind: 'file' } }))).toBe(1);
        expect(await count(inLobby({ where: { conversationId: 'nowhere' } }))).toBe(0);
        await expect(count(inLobby({ where: { text: 'message 1' } }))).rejects.toThrow(TypeError);
        await expect(count(inLobby({ where: { conversationId: { $ne: 1 } as never } }))).rejects.toThrow(TypeError);
        await expect(store.count('secrets', { where: {}, sort: 'seq' })).rejects.toThrow(TypeError);
      });

      it('is refused without a declared index', async () => {
        const refused: Find[] = [
          inLobby({ where: {} }),
          inLobby({ where: { text: 'message 1' } }),
          inLobby({ where: { conversationId: 'lobby', pinned: true } }),
          inLobby({ sort: 'id' }),
          inLobby({ sort: 'seq; DROP TABLE messages' }),
        ];
        for (const find of refused) await expect(store.find('messages', find)).rejects.toThrow(TypeError);
        await expect(store.find('secrets', inLobby())).rejects.toThrow(TypeError);
        await expect(store.get('secrets', ['m1'])).rejects.toThrow(TypeError);
      });

      it('is refused for values that are not plain', async () => {
        for (const value of [{ $ne: null }, ['lobby'], null, undefined]) {
          const where = { conversationId: value } as unknown as Find['where'];
          await expect(store.find('messages', inLobby({ where }))).rejects.toThrow(TypeError);
          if (value === undefined) continue;
          const after = value as unknown as string;
          await expect(store.find('messages', inLobby({ after }))).rejects.toThrow(TypeError);
        }
        await expect(store.find('messages', inLobby({ before: Number.NaN }))).rejects.toThrow(TypeError);
      });

      it('says whether others may follow', async () => {
        const more = async (find: Partial<Find>) => (await store.find('messages', inLobby(find))).more;
        expect(await more({ limit: 19 })).toBe(true);
        expect(await more({ limit: 21 })).toBe(false);
        expect(await more({ limit: 3, before: 3 })).toBe(false);
        expect(await more({ where: { conversationId: 'nowhere' } })).toBe(false);
      });

      it('holds few documents where they are long, in either direction, and all of them are found page by page', async () => {
        const text = 'سلام'.repeat(4000);
        await store.apply(
          Array.from({ length: 40 }, (_, i) =>
            at(30 + i, put(message(i, { id: `l${i}`, conversationId: 'long', text }))),
          ),
          upTo(70),
        );
        const long = (find: Partial<Find>) =>
          store.find('messages', inLobby({ where: { conversationId: 'long' }, limit: 100, ...find }));
        for (const descending of [false, true]) {
          const pages: (readonly Doc[])[] = [];
          for (let bound = {}, isMore = true; isMore; ) {
            const { docs, more } = await long({ ...bound, descending });
            pages.push(docs);
            bound = { [descending ? 'before' : 'after']: docs.at(-1)?.seq };
            isMore = more;
          }
          const found = pages.flat().map(({ seq }) => Number(seq));
          expect(found).toEqual(Array.from({ length: 40 }, (_, i) => (descending ? 39 - i : i)));
          const bytes = pages.map((docs) => Buffer.byteLength(JSON.stringify(docs)));
          expect(Math.max(...bytes)).toBeLessThan(VIEW_PAGE_BYTES + 40_000);
        }
      });

      it('holds one document at least', async () => {
        const text = 'x'.repeat(2 * VIEW_PAGE_BYTES);
        await store.apply([at(22, put(message(30, { text })), put(message(31, { text })))], upTo(22));
        expect(await seqs(inLobby({ after: 21 }))).toEqual([30]);
        expect(await store.find('messages', inLobby({ after: 30 }))).toMatchObject({ docs: [{ seq: 31 }], more: true });
        expect(await store.find('messages', inLobby({ after: 31 }))).toEqual({ docs: [], more: false });
      });

      it('holds 1 to 1000 documents', async () => {
        for (const limit of [0, -1, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
          await expect(store.find('messages', inLobby({ limit })), String(limit)).rejects.toThrow(RangeError);
      });
    });

    describe('a build', () => {
      it('serves once it is finished, and not before', async () => {
        let switches = 0;
        store.onSwitch(() => switches++);
        await store.apply(lobby(3), upTo(3));
        const build = await store.build();
        await build.apply([at(1, put(message(1, { text: 'rebuilt' }))), at(2, add('m1', 'likes', 2))], upTo(2));
        await build.apply([at(3, patch('m1', { conversationId: 'den' }), add('m1', 'likes', 1))], upTo(5));
        expect(await store.checkpoint()).toMatchObject({ position: 3 });
        expect(await seqs(inLobby())).toEqual([1, 2, 3]);
        expect(switches).toBe(0);

        await build.finish();
        expect(await store.checkpoint()).toMatchObject({ position: 5 });
        expect(await seqs(inLobby())).toEqual([]);
        expect((await store.find('messages', inLobby({ where: { conversationId: 'den' } }))).docs).toEqual([
          message(1, { text: 'rebuilt', conversationId: 'den', likes: 3 }),
        ]);
        expect(switches).toBe(1);
      });

      it('leaves the views that serve open to new events, which go on in the finished one once its checkpoint was asked', async () => {
        await store.apply(lobby(3), upTo(3));
        const build = await store.build();
        await build.apply(lobby(3), upTo(3));
        await store.apply([at(4, put(message(4)))], upTo(4));
        await build.apply([at(4, put(message(4)))], upTo(4));
        await build.finish();
        await expect(store.apply([at(5, put(message(5)))], upTo(5))).rejects.toThrow(Switched);
        await expect(store.apply([at(5, put(message(5)))], upTo(5))).rejects.toThrow(Switched);
        expect(await store.checkpoint()).toMatchObject({ position: 4 });
        await store.apply([at(4, put(message(4))), at(5, put(message(5)))], upTo(5));
        expect(await seqs(inLobby())).toEqual([1, 2, 3, 4, 5]);
      });

      it('ignores events it has taken', async () => {
        const build = await store.build();
        await build.apply([at(1, put(message(1))), at(2, add('m1', 'likes', 1))], upTo(2));
        await build.apply([at(2, add('m1', 'likes', 1)), at(3, add('m1', 'likes', 1))], upTo(3));
        await build.apply([at(1, put(message(1)))], upTo(1));
        await build.finish();
        expect(await one('m1')).toEqual(message(1, { likes: 2 }));
        expect(await store.checkpoint()).toMatchObject({ position: 3 });
      });

      it('takes what later batches do to a document over what earlier ones did', async () => {
        const build = await store.build();
        await build.apply([at(1, put(message(1)), put(message(2)), put(message(3)))], upTo(1));
        await build.apply(
          [at(2, patch('m1', { text: 'old' }), patch('m2', { text: 'old' }), add('m3', 'likes', 1))],
          upTo(2),
        );
        await build.apply(
          [at(3, put(message(1, { text: 'new' })), remove('m2'), patch('m3', { text: 'new' }))],
          upTo(3),
        );
        await build.finish();
        const expected = [message(1, { text: 'new' }), undefined, message(3, { text: 'new', likes: 1 })];
        expect(await store.get('messages', ['m1', 'm2', 'm3'])).toEqual(expected);
      });

      it('that is complete can be scanned, takes what came meanwhile, and serves with it', async () => {
        const build = await store.build();
        await build.apply(lobby(2), upTo(2));
        await build.complete();
        expect((await build.scan('messages', { limit: 5 })).docs.map(({ id }) => id)).toEqual(['m1', 'm2']);
        await build.apply([at(1, add('m1', 'likes', 5)), at(3, add('m1', 'likes', 1), put(message(3)))], upTo(3));
        await build.finish();
        expect(await store.checkpoint()).toMatchObject({ position: 3 });
        await store.apply([at(4, put(message(4)))], upTo(4));
        expect(await one('m1')).toEqual(message(1, { likes: 1 }));
        expect(await seqs(inLobby())).toEqual([1, 2, 3, 4]);
      });

      it('that is abandoned leaves no trace', async () => {
        let switches = 0;
        store.onSwitch(() => switches++);
        await store.apply(lobby(2), upTo(2));
        const build = await store.build();
        await build.apply([at(1, put(message(9)))], upTo(9));
        await build.abandon();
        if (opened.reopen) store = await opened.reopen();
        expect(await store.checkpoint()).toMatchObject({ position: 2 });
        expect(await seqs(inLobby())).toEqual([1, 2]);
        expect(switches).toBe(0);
        const next = await store.build();
        await next.finish();
        expect(await one('m9')).toBeUndefined();
      });

      it('of nothing is empty', async () => {
        const build = await store.build();
        await build.finish();
        expect(await store.checkpoint()).toMatchObject({ position: 0 });
        expect(await seqs(inLobby())).toEqual([]);
      });

      it('is kept when the store is opened again', async (context) => {
        if (!opened.reopen) return context.skip();
        const build = await store.build();
        await build.apply(lobby(3), upTo(3));
        await build.finish();
        store = await opened.reopen();
        expect(await store.checkpoint()).toMatchObject({ position: 3 });
        expect(await seqs(inLobby())).toEqual([1, 2, 3]);
      });
    });

    describe('a check', () => {
      const idsOf = (docs: readonly Doc[]) => docs.map(({ id }) => id);
      /** All pages of a collection. */
      const pagesOf = async (views: Pick<ViewStore, 'scan'>, limit: number, collection = 'messages') => {
        const pages: string[][] = [];
        for (let after: string | undefined; ; ) {
          const { docs, more } = await views.scan(collection, { after, limit });
          pages.push(idsOf(docs));
          after = docs.at(-1)?.id;
          if (!more || after === undefined) return pages;
        }
      };

      it('reads every document once, whatever its fields, in the order of ids as bytes', async () => {
        const ids = ['m10', 'm2', 'M3', 'm', 'm-1', 'm:1', 'm1'];
        await store.apply([at(1, ...ids.map((id) => put({ id }))), at(2, put({ id: 'x' }), remove('x'))], upTo(2));
        const sorted = ['M3', 'm', 'm-1', 'm1', 'm10', 'm2', 'm:1'];
        expect((await pagesOf(store, 1000)).flat()).toEqual(sorted);
        expect((await pagesOf(store, 3)).flat()).toEqual(sorted);
        expect((await store.scan('messages', { after: 'm10', limit: 1 })).docs).toEqual([{ id: 'm2' }]);
        expect(await pagesOf(store, 3, 'conversations')).toEqual([[]]);
      });

      it('learns which position the views had before it read them', async () => {
        expect(await store.scan('messages', { limit: 1 })).toMatchObject({ docs: [], position: 0 });
        await store.apply(lobby(3), upTo(7));
        expect(await store.scan('messages', { limit: 1 })).toMatchObject({
          docs: [message(1)],
          more: true,
          position: 7,
        });
      });

      it('does not take a page for newer than it is', async () => {
        await store.apply(lobby(4), upTo(4));
        await store.scan('messages', { limit: 1 });
        await store.apply([at(5, put(message(2, { text: 'new' })))], upTo(5));
        const { docs, position } = await store.scan('messages', { after: 'm1', limit: 1 });
        expect(position < 5 || docs[0]?.text === 'new').toBe(true);
      });

      it('reads no page from before a repair, or of views that serve no more', async () => {
        await store.apply(lobby(4), upTo(4));
        await store.scan('messages', { limit: 1 });
        await store.mend(async () => [{ collection: 'messages', id: 'm2', doc: message(2, { text: 'mended' }) }]);
        expect(await store.scan('messages', { after: 'm1', limit: 1 })).toMatchObject({
          docs: [{ text: 'mended' }],
          position: 4,
        });
        const build = await store.build();
        await build.apply([at(5, put(message(5)))], upTo(5));
        await build.finish();
        expect(await store.scan('messages', { after: 'm2', limit: 9 })).toMatchObject({
          docs: [message(5)],
          position: 5,
        });
      });

      it('may read two places in turns', async () => {
        await store.apply(lobby(5), upTo(5));
        const [whole, part] = [[] as string[], [] as string[]];
        for (let [one, other] = ['', 'm2']; whole.length < 5; ) {
          const { docs } = await store.scan('messages', { after: one, limit: 1 });
          whole.push(...idsOf(docs));
          one = whole.at(-1)!;
          part.push(...idsOf((await store.scan('messages', { after: other, limit: 1 })).docs));
          other = part.at(-1)!;
        }
        expect([whole, part]).toEqual([
          ['m1', 'm2', 'm3', 'm4', 'm5'],
          ['m3', 'm4', 'm5'],
        ]);
      });

      it('gets pages of no more than their bytes', async () => {
        const text = 'x'.repeat(VIEW_PAGE_BYTES / 2);
        await store.apply(
          [1, 2, 3].map((seq) => at(seq, put(message(seq, { text })))),
          upTo(3),
        );
        expect(await pagesOf(store, 1000)).toEqual([['m1', 'm2'], ['m3']]);
      });

      it.each([0, 1001, 1.5])('may not ask for %s documents', async (limit) => {
        await expect(store.scan('messages', { limit })).rejects.toThrow(RangeError);
      });

      it('reads a build that has taken its last batch', async () => {
        const build = await store.build();
        await build.apply(lobby(3), upTo(3));
        expect(await pagesOf(build, 2)).toEqual([['m1', 'm2'], ['m3']]);
        await build.finish();
        expect(await pagesOf(store, 1000)).toEqual([['m1', 'm2', 'm3']]);
      });

      it('mends documents: changes them, makes them, and takes them away, for queries as well', async () => {
        await store.apply(lobby(3), { position: 3, mark: 'as it was' });
        const told: number[] = [];
        await store.mend(async (position) => {
          told.push(position);
          return [
            { collection: 'messages', id: 'm1', doc: message(1, { conversationId: 'den' }) },
            { collection: 'messages', id: 'm2', doc: null },
            { collection: 'messages', id: 'm4', doc: message(4) },
            { collection: 'conversations', id: 'never', doc: null },
          ];
        });
        expect(told).toEqual([3]);
        expect(await seqs(inLobby())).toEqual([3, 4]);
        expect(await seqs(inLobby({ where: { conversationId: 'den' } }))).toEqual([1]);
        expect((await pagesOf(store, 1000)).flat()).toEqual(['m1', 'm3', 'm4']);
        expect(await pagesOf(store, 1000, 'conversations')).toEqual([[]]);
        expect(await store.checkpoint()).toEqual({ position: 3, mark: 'as it was', isOutdated: false });
      });

      it('leaves a mended document ready for the events that come, and deaf to those that it had', async () => {
        await store.apply([at(1, put(message(1, { likes: 7 }))), at(2, put(message(2)))], upTo(2));
        await store.mend(async () => [
          { collection: 'messages', id: 'm1', doc: message(1, { likes: 0 }) },
          { collection: 'messages', id: 'm2', doc: null },
        ]);
        await store.apply([at(2, add('m1', 'likes', 1)), at(3, add('m1', 'likes', 1), put(message(2)))], upTo(3));
        expect(await store.get('messages', ['m1', 'm2'])).toEqual([message(1, { likes: 1 }), message(2)]);
      });

      it('that finds nothing to mend, or fails, changes nothing', async () => {
        await store.apply(lobby(1), upTo(1));
        await store.mend(async () => []);
        await expect(store.mend(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
        expect(await one('m1')).toEqual(message(1));
        await store.apply([at(2, put(message(2)))], upTo(2));
        expect(await seqs(inLobby())).toEqual([1, 2]);
      });
    });

    describe('views of an earlier version', () => {
      const newIndex = { fields: ['text'], sort: 'seq' };
      const declared: readonly Collection[] = [
        ...collections.map((each) =>
          each.name === 'messages' ? { ...each, indexes: [newIndex, ...each.indexes] } : each,
        ),
        { name: 'receipts', indexes: [newIndex] },
      ];
      const byText: Find = { where: { text: 'message 2' }, sort: 'seq', limit: 10 };

      it('serve what they can, and take no batch, until a build takes their place', async (context) => {
        if (!opened.reopen) return context.skip();
        await store.apply(lobby(3), upTo(3));
        store = await opened.reopen(shapeOf(declared, 2));
        expect(await store.checkpoint()).toEqual({ ...upTo(3), isOutdated: true });
        expect(await one('m1')).toEqual(message(1));
        expect(await seqs(inLobby({ after: 1 }))).toEqual([2, 3]);
        await expect(store.find('messages', byText)).rejects.toThrow(Unavailable);
        await expect(store.get('receipts', ['r1'])).rejects.toThrow(Unavailable);
        await expect(store.find('receipts', byText)).rejects.toThrow(Unavailable);
        await expect(store.count('messages', { where: byText.where, sort: 'seq' })).rejects.toThrow(Unavailable);
        await expect(store.apply([at(4, put(message(4)))], upTo(4))).rejects.toThrow('another version');

        const build = await store.build();
        await build.apply([...lobby(3), at(4, put({ id: 'r1', text: 'x', seq: 1 }, 'receipts'))], upTo(4));
        expect(await seqs(inLobby())).toEqual([1, 2, 3]);
        await build.finish();
        expect(await store.checkpoint()).toEqual({ ...upTo(4), isOutdated: false });
        expect(await seqs(byText)).toEqual([2]);
        expect(await one('r1', 'receipts')).toEqual({ id: 'r1', text: 'x', seq: 1 });
        await store.apply([at(5, put(message(5)))], upTo(5));
        expect(await seqs(inLobby())).toEqual([1, 2, 3, 5]);
      });

      it('serve with fewer indexes as well, and again when the store is opened again', async (context) => {
        if (!opened.reopen) return context.skip();
        await store.apply(lobby(2), upTo(2));
        for (let again = 0; again < 2; again++) {
          store = await opened.reopen(shapeOf([{ name: 'messages', indexes: [] }], 2));
          expect(await store.checkpoint()).toEqual({ ...upTo(2), isOutdated: true });
          expect(await one('m2')).toEqual(message(2));
        }
        store = await opened.reopen(shapeOf(collections));
        expect(await store.checkpoint()).toEqual({ ...upTo(2), isOutdated: false });
      });

      it('that are too old to be read stay for their version, while the later one begins with empty ones', async (context) => {
        if (!opened.reopen) return context.skip();
        await store.apply(lobby(2), upTo(2));
        store = await opened.reopen(shapeOf(collections, 3, 2));
        expect(await store.checkpoint()).toEqual({ ...upTo(0), mark: '', isOutdated: false });
        expect(await one('m1')).toBeUndefined();
        store = await opened.reopen(shapeOf(collections));
        expect(await store.checkpoint()).toEqual({ ...upTo(2), isOutdated: false });
        expect(await one('m2')).toEqual(message(2));
      });

      it('and of a later one do not disturb each other, whichever is started, and how often', async (context) => {
        if (!opened.reopen) return context.skip();
        await store.apply(lobby(3), upTo(3));
        store = await opened.reopen(shapeOf(declared, 2));
        const build = await store.build();
        await build.apply(lobby(4), upTo(4));
        await build.finish();
        for (let round = 0; round < 2; round++) {
          store = await opened.reopen(shapeOf(collections));
          const { position, isOutdated } = await store.checkpoint();
          expect(isOutdated).toBe(false);
          await store.apply(lobby(5 + round).slice(position), upTo(5 + round));
          expect(await seqs(inLobby())).toEqual(lobby(5 + round).map((each) => each.position));
          store = await opened.reopen(shapeOf(declared, 2));
          expect(await store.checkpoint()).toEqual({ ...upTo(4), isOutdated: false });
          expect(await seqs(inLobby())).toEqual([1, 2, 3, 4]);
          expect(await seqs(byText)).toEqual([2]);
        }
      });
    });

    it('gives the same views for any changes, in one batch, in pieces with overlaps, and rebuilt', async () => {
      let from = 0;
      let run = 0;
      await fc.assert(
        fc.asyncProperty(histories, async ({ events, cuts }) => {
          run++;
          const placed = events.map((changes, index) =>
            at(from + index + 1, ...changes.map((each) => renamed(each, run))),
          );
          const end = from + placed.length;
          for (const piece of pieces(placed, cuts)) await store.apply(piece, upTo(piece.at(-1)?.position ?? from));
          from = end;
          await store.apply([], upTo(end));
          const expected = model(placed);
          await sameAs(expected);

          if (run % 5 !== 0) return;
          const build = await store.build();
          for (const piece of pieces(placed, cuts)) await build.apply(piece, upTo(piece.at(-1)?.position ?? 0));
          await build.apply([], upTo(end));
          await build.finish();
          await store.checkpoint();
          await sameAs(expected);
        }),
        { numRuns: 30 },
      );

      async function sameAs(expected: Map<string, Doc>): Promise<void> {
        const ids = IDS.map((id) => `${id}-${run}`);
        expect(await store.get('messages', ids)).toEqual(ids.map((id) => expected.get(id)));
        for (const conversation of CONVERSATIONS) {
          const conversationId = `${conversation}-${run}`;
          const here = [...expected.values()].filter((doc) => doc.conversationId === conversationId);
          const ordered = here.toSorted((a, b) => Number(a.seq) - Number(b.seq));
          expect((await store.find('messages', inLobby({ where: { conversationId } }))).docs).toEqual(ordered);
        }
      }
    });
  });
}

const IDS = ['a', 'b', 'c', 'd'];
const CONVERSATIONS = ['x', 'y'];

/** Of each id its own, so that no two documents of a conversation sort alike. */
const seqOf = (id: string) => IDS.indexOf(id);

const ids = fc.constantFrom(...IDS);
const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null));
const conversationIds = fc.constantFrom(...CONVERSATIONS);
const likes = fc.integer({ min: -5, max: 5 });
/** More than a list keeps. */
const writer = fc.constantFrom('ann', 'ben', 'cleo', 'dan', 'eve');
const writers = fc.uniqueArray(writer, { maxLength: MOST });
const fields = fc.record({ conversationId: conversationIds, text: texts, likes, writers }, { requiredKeys: [] });

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ id: ids, conversationId: conversationIds, text: texts, likes })
    .map((doc) => put({ ...doc, seq: seqOf(doc.id) })),
  fc.tuple(ids, fields).map(([id, each]) => patch(id, each)),
  fc.tuple(ids, likes).map(([id, by]) => add(id, 'likes', by)),
  { weight: 2, arbitrary: fc.tuple(ids, writer).map(([id, item]) => front(id, item)) },
  ids.map((id) => remove(id)),
);

/** What each event changes, and where the batches end and how far the next one goes back. */
const histories = fc.record({
  events: fc.array(fc.array(changes, { maxLength: 3 }), { minLength: 1, maxLength: 25 }),
  cuts: fc.array(fc.record({ forward: fc.integer({ min: 1, max: 12 }), back: fc.integer({ min: 0, max: 4 }) }), {
    maxLength: 8,
  }),
});

function pieces(
  placed: readonly Placed[],
  cuts: readonly { readonly forward: number; readonly back: number }[],
): readonly (readonly Placed[])[] {
  const cut: Placed[][] = [];
  let from = 0;
  for (const { forward, back } of cuts) {
    cut.push(placed.slice(Math.max(0, from - back), from + forward));
    from += forward;
  }
  return [...cut, placed.slice(Math.max(0, from - 2))].filter((piece) => piece.length > 0);
}

/** One store serves all runs: each has documents and conversations of its own. */
function renamed(change: Change, run: number): Change {
  const own = (each: { readonly [field: string]: Value }) =>
    'conversationId' in each ? { ...each, conversationId: `${String(each.conversationId)}-${run}` } : each;
  if (change.op === 'put') return { ...change, doc: { ...own(change.doc), id: `${change.doc.id}-${run}` } };
  const id = `${change.id}-${run}`;
  return change.op === 'patch' ? { ...change, id, fields: own(change.fields) } : { ...change, id };
}

/** The plainest thing that could be right. */
function model(placed: readonly Placed[]): Map<string, Doc> {
  const docs = new Map<string, Doc>();
  for (const change of placed.flatMap(({ changes: each }) => each)) {
    if (change.op === 'put') docs.set(change.doc.id, change.doc);
    else if (change.op === 'remove') docs.delete(change.id);
    else {
      const doc = docs.get(change.id);
      if (!doc) continue;
      if (change.op === 'patch') docs.set(doc.id, { ...doc, ...change.fields });
      else if (change.op === 'moveToFront') {
        const others = ((doc.writers ?? []) as readonly string[]).filter((item) => item !== change.item);
        docs.set(doc.id, { ...doc, writers: [change.item, ...others].slice(0, MOST) });
      } else docs.set(doc.id, { ...doc, [change.field]: Number(doc[change.field] ?? 0) + change.by });
    }
  }
  return docs;
}

// The contract of a view store, and what only several processes and a server that fails can show.

import fc from 'fast-check';
import { type Db, type Document, Long, MongoClient } from 'mongodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collections as projected } from '../../../src/projections/index.ts';
import type { MongoSource } from '../../../src/store/mongoDb/connection.ts';
import { queryOf, searchOf } from '../../../src/store/mongoDb/documents.ts';
import { generationsOf } from '../../../src/store/mongoDb/generations.ts';
import { type MongoViewStoreOptions, openMongoViewStore } from '../../../src/store/mongoDb/viewStore.ts';
import { createWriteDocuments } from '../../../src/store/mongoDb/writeDocuments.ts';
import { type Placed, Switched, Unavailable, type ViewStore } from '../../../src/store/ports.ts';
import { foldBatch } from '../../../src/store/shared/foldBatch.ts';
import { collections, viewStoreContract } from '../../contracts/viewStore.contract.ts';
import { eventually } from '../../support/eventually.ts';
import { instead } from '../../support/instead.ts';
import { refusal, startAnsweringProxy } from '../../support/mongoDb/answeringProxy.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';
import { shapeOf } from '../../support/shapeOf.ts';
import { upTo } from '../../support/upTo.ts';
import { CONVERSATIONS, histories, IDS, inOrder, placedOf } from '../shared/histories.ts';

const messages = (positions: readonly number[]): Placed[] =>
  positions.map((position) => ({
    position,
    changes: [
      { op: 'put', collection: 'messages', doc: { id: `m${position}`, conversationId: 'lobby', seq: position } },
      { op: 'add', collection: 'conversations', id: 'lobby', field: 'messages', by: 1 },
    ],
  }));
const lobby: Placed = {
  position: 1,
  changes: [{ op: 'put', collection: 'conversations', doc: { id: 'lobby', kind: 'room', name: 'Lobby', messages: 0 } }],
};
const namesIn = async (db: Db) => (await db.listCollections().toArray()).map(({ name }) => name);
/** By MongoDB's names, or by PostgreSQL's, which FerretDB gives. */
const stagesOf = ({ stage, inputStage, 'Node Type': node, Plans = [] }: Document): string[] => [
  stage ?? node,
  ...(inputStage ? [inputStage] : Plans).flatMap(stagesOf),
];
const fail = (error: unknown) => {
  throw error;
};
const inLobby = { where: { conversationId: 'lobby' }, sort: 'seq', limit: 1000 } as const;

await describeOnMongo('views in MongoDB', (databases) => {
  const { server } = databases;
  const stores: ViewStore[] = [];
  const clients: MongoClient[] = [];
  afterEach(async () => {
    // Until they are closed, stores use their clients at any moment.
    for (const store of stores.splice(0)) await store.close();
    for (const client of clients.splice(0)) await client.close();
  });
  /** A client of a new database whose commands can be watched. */
  const monitored = (): MongoClient => {
    const client = new MongoClient(databases.url(), { monitorCommands: true });
    clients.push(client);
    return client;
  };
  const opened = async (source: MongoSource, more: Partial<MongoViewStoreOptions> = {}) => {
    const store = await openMongoViewStore({ shape: shapeOf(collections), onError: fail, ...source, ...more });
    stores.push(store);
    return store;
  };
  const open = (url = databases.url()) => opened({ url });
  const fresh = () => opened({ db: databases.db() });

  viewStoreContract('MongoDB', async (declared) => {
    const db = databases.db();
    const open = (shape = declared) => openMongoViewStore({ db, shape, onError: fail });
    let store = await open();
    return {
      store,
      close: () => store.close(),
      async reopen(shape) {
        await store.close();
        store = await open(shape);
        return store;
      },
    };
  });

  const read = async (store: ViewStore) => [
    await store.get('messages', IDS),
    ...(await Promise.all(
      CONVERSATIONS.map((conversationId) =>
        store.find('messages', { where: { conversationId }, sort: 'seq', limit: 100 }),
      ),
    )),
  ];
  /** What `read` gives after delivery in order. */
  const readInOrder = (placed: readonly Placed[]) => {
    const docs = IDS.map((id) => inOrder(placed, id));
    const found = (conversationId: string) => docs.filter((doc) => doc?.conversationId === conversationId);
    return [docs, ...CONVERSATIONS.map((conversationId) => ({ docs: found(conversationId), more: false }))];
  };

  it('delivery repeated, out of order within a batch and replayed gives the views of delivery in order', async () => {
    const untidy = fc.record({
      events: histories,
      order: fc.infiniteStream(fc.integer({ min: 0, max: 1_000 })),
      replay: fc.integer({ min: 0, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(untidy, async ({ events, order, replay }) => {
        const placed = placedOf(events);
        const repeated = placed.flatMap((each) => Array.from({ length: 1 + (order.next().value % 3) }, () => each));
        const keys = new Map(repeated.entries().map(([index]) => [index, order.next().value]));
        const shuffled = repeated
          .map((each, index) => ({ each, key: keys.get(index)! }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const untidied = await fresh();
        await untidied.apply(shuffled, upTo(placed.length));
        await untidied.apply(placed.slice(-replay), upTo(placed.length));
        expect(await read(untidied)).toEqual(readInOrder(placed));
      }),
      { numRuns: 10 },
    );
  });

  it('a crash between any documents of a batch, or before the checkpoint, is made good by the next delivery', async () => {
    const crashes = fc.record({
      events: histories,
      cut: fc.nat(),
      written: fc.infiniteStream(fc.boolean()),
      border: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(crashes, async ({ events, cut, written, border }) => {
        const placed = placedOf(events);
        const checkpoint = cut % placed.length;
        const db = databases.db();
        const store = await opened({ db });
        await store.apply(placed.slice(0, checkpoint), upTo(checkpoint));
        const generations = generationsOf(db, shapeOf(collections));
        const { generation } = (await generations.serving.findOne({ _id: 1 }))!;
        await createWriteDocuments()(
          Array.from(foldBatch(placed.slice(checkpoint)), ([name, writes]) => ({
            collection: generations.documents(generation, name),
            writes: writes.filter(() => written.next().value),
          })),
        );

        const rest = placed.slice((await store.checkpoint()).position);
        const middle = border % (rest.length + 1);
        await store.apply(rest.slice(0, middle), upTo(checkpoint + middle));
        await store.apply(rest.slice(middle), upTo(placed.length));
        expect(await read(store)).toEqual(readInOrder(placed));
      }),
      { numRuns: 15 },
    );
  });

  it('a document removed is not brought back by an event from before', async () => {
    const store = await fresh();
    const [put] = messages([5]);
    await store.apply([{ position: 9, changes: [{ op: 'remove', collection: 'messages', id: 'm5' }] }], upTo(9));
    await store.apply([put!], upTo(9));
    expect(await store.get('messages', ['m5'])).toEqual([undefined]);
  });

  describe('in few calls', () => {
    /** A database, and what the driver writes to a collection whose name ends so: the command, and its operations. */
    const watched = (ending: string) => {
      const client = monitored();
      const written: string[] = [];
      client.on('commandStarted', ({ commandName: name, command }) => {
        const operations = command.documents ?? command.updates ?? command.indexes;
        if (String(command[name]).endsWith(ending) && name !== 'find')
          written.push(`${name} ${operations?.length ?? 0}`);
      });
      return { db: client.db(), written };
    };
    const kinds = async (store: ViewStore, ids: readonly string[]) =>
      (await store.get('conversations', ids)).map((doc) => doc?.kind);
    const put = (position: number, id = 'lobby'): Placed => ({
      position,
      changes: [{ op: 'put', collection: 'conversations', doc: { id, kind: `${position}` } }],
    });

    it('a document that is put again and again is written by one, and an earlier event does not take it back', async () => {
      const { db, written } = watched('_conversations');
      const store = await opened({ db });
      const other = await opened({ db });
      written.length = 0;
      for (const position of [1, 2, 3, 5]) await store.apply([put(position)], upTo(position));
      expect(written).toEqual(['insert 1', 'insert 1', 'update 1', 'update 1', 'update 1']);
      await store.apply([put(4)], upTo(5));
      await other.checkpoint();
      await other.apply([put(5), put(4)], upTo(5));
      expect(await kinds(store, ['lobby'])).toEqual(['5']);
      await store.apply(
        [{ position: 6, changes: [{ op: 'remove', collection: 'conversations', id: 'lobby' }] }],
        upTo(6),
      );
      await store.apply([put(5)], upTo(6));
      expect(await kinds(store, ['lobby'])).toEqual([undefined]);
      await store.apply([put(7)], upTo(7));
      expect(await kinds(store, ['lobby'])).toEqual(['7']);
    });

    it('what is put again is made again where somebody has taken it away', async () => {
      const db = databases.db();
      const store = await opened({ db });
      for (const position of [1, 2]) await store.apply([put(position)], upTo(position));
      const [name] = (await namesIn(db)).filter((each) => each.endsWith('_conversations'));
      await db.collection(name!).deleteMany();
      await store.apply([put(3)], upTo(3));
      expect(await kinds(store, ['lobby'])).toEqual(['3']);
    });

    it('what one event sets alike in many documents is one operation, of those that may take it', async () => {
      const { db, written } = watched('_conversations');
      const store = await opened({ db });
      const ids = ['a', 'b', 'newer', 'removed', 'other', 'missing', 'last'];
      const before = ids.filter((id) => id !== 'missing').map((id, index) => put(index + 1, id));
      const removal: Placed = { position: 7, changes: [{ op: 'remove', collection: 'conversations', id: 'removed' }] };
      await store.apply([...before, removal, put(9, 'newer')], upTo(9));
      written.length = 0;
      const patches: Placed = {
        position: 8,
        changes: ids.map((id) => ({
          op: 'patch',
          collection: 'conversations',
          id,
          fields: { kind: id === 'other' ? 'other' : 'alike' },
        })),
      };
      await store.apply([patches], upTo(9));
      expect(written).toEqual(['update 3']);
      expect(await kinds(store, ids)).toEqual(['alike', 'alike', '9', undefined, 'other', undefined, 'alike']);
      expect(await store.count('conversations', { where: { kind: 'alike' }, sort: 'name' })).toBe(3);
    });

    it('patches of several events stay apart, each with its own position', async () => {
      const store = await fresh();
      const patch = (position: number, id: string): Placed => ({
        position,
        changes: [{ op: 'patch', collection: 'conversations', id, fields: { kind: 'patched' } }],
      });
      await store.apply([put(1, 'a'), put(2, 'b')], upTo(2));
      await store.apply([patch(3, 'a'), patch(5, 'b')], upTo(5));
      await store.apply([{ position: 4, changes: ['a', 'b'].flatMap((id) => put(4, id).changes) }], upTo(5));
      expect(await kinds(store, ['a', 'b'])).toEqual(['4', 'patched']);
    });

    it('the first start makes each collection once', async () => {
      const { db, written } = watched('_messages');
      await opened({ db });
      expect(written).toHaveLength(1);
    });
  });

  it('values that look like operators, fields or types of the database come back as they are', async () => {
    const store = await fresh();
    const values = {
      text: '$conversationId',
      expression: { $add: [1, '$seq'], 'a.b': { $gt: '' } },
      reference: { $ref: 'users', $id: 'x' },
      type: [{ _bsontype: 'ObjectId' }, { $date: 0 }, { _json: '1' }, JSON.parse('{"__proto__":{"a":1}}')],
      remove: '$$REMOVE',
    };
    await store.apply(
      [{ position: 1, changes: [{ op: 'put', collection: 'messages', doc: { id: 'p', ...values } }] }],
      upTo(1),
    );
    await store.apply(
      [
        {
          position: 2,
          changes: [{ op: 'put', collection: 'messages', doc: { id: 'q', likes: 1, writers: ['ann', '$text'] } }],
        },
      ],
      upTo(2),
    );
    const both = [3, 4].map((position) => ({
      position,
      changes: [
        { op: 'patch', collection: 'messages', id: 'q', fields: values },
        { op: 'add', collection: 'messages', id: 'q', field: 'likes', by: 1 },
        { op: 'moveToFront', collection: 'messages', id: 'q', field: 'writers', item: '$text', most: 3 },
      ] as const,
    }));
    await store.apply(both, upTo(4));
    expect(await store.get('messages', ['p', 'q'])).toEqual([
      { id: 'p', ...values },
      { id: 'q', likes: 3, writers: ['$text', 'ann'], ...values },
    ]);
  });

  it('every query is answered by its declared index', async () => {
    const db = databases.db();
    const all = [
      ...collections,
      ...projected.map((collection) => ({ ...collection, name: `projected_${collection.name}` })),
    ];
    const store = await opened({ db }, { shape: shapeOf(all) });
    await store.apply(messages(Array.from({ length: 200 }, (_, index) => index + 1)), upTo(200));
    const generations = generationsOf(db, shapeOf(collections));
    const { generation } = (await generations.serving.findOne({ _id: 1 }))!;
    for (const collection of all)
      for (const index of collection.indexes)
        for (const descending of [false, true])
          for (const bounds of [{}, { after: 1 }, { before: 9 }, { after: 1, before: 9 }]) {
            const where = Object.fromEntries(index.fields.map((field) => [field, 'x']));
            const query = queryOf(collection, { where, sort: index.sort, limit: 50, descending, ...bounds });
            const { filter, ...options } = query;
            const plan = await generations.documents(generation, collection.name).find(filter, options).explain();
            const { winningPlan, Plan } = plan.queryPlanner;
            const stages = stagesOf(winningPlan ?? Plan);
            const all = JSON.stringify([query, stages]);
            expect(stages.join(), all).toMatch(/IXSCAN|Index/);
            expect(stages.join(), all).not.toMatch(/COLLSCAN|Seq/);
            // The stand-in names a SORT in every plan but one without a filter. FerretDB sorts what it finds in an index.
            if (!server.own) expect(stages, all).not.toContain('SORT');
          }
  });

  it('a search by the beginning of a word asks for nothing but beginnings: for these alone MongoDB reads a part of an index', () => {
    const searched = { name: 'words', indexes: [], searched: { fields: ['words'], sort: 'seq' } };
    for (const anyOf of [['tea'], ['tea', 'milk2']]) {
      const { filter } = searchOf(searched, { all: [{ field: 'words', anyOf, isPrefix: true }], limit: 10 });
      const asked = JSON.stringify(filter).matchAll(/"\$regex":"([^"]*)"/g);
      expect([...asked].map(([, expression]) => expression)).toEqual(anyOf.map((token) => `^${token}`));
    }
  });

  it('a whole scan asks the server once for documents, and once for those of others', async () => {
    const client = monitored();
    const store = await opened({ db: client.db() });
    const positions = Array.from({ length: 250 }, (_, index) => index + 1);
    await store.apply(messages(positions), upTo(250));
    let asked = 0;
    client.on('commandStarted', ({ command }) => {
      if (String(command.find).endsWith('_messages')) asked++;
    });
    const ids: string[] = [];
    for (let isOver = false; !isOver; ) {
      const { docs, more } = await store.scan('messages', { after: ids.at(-1), limit: 10 });
      ids.push(...docs.map(({ id }) => id));
      isOver = !more;
    }
    expect([ids.length, new Set(ids)]).toEqual([250, new Set(positions.map((position) => `m${position}`))]);
    expect(asked).toBe(2);
  });

  it('two scans at once leave no cursor open', async () => {
    const client = monitored();
    const store = await opened({ db: client.db() });
    await store.apply(messages(Array.from({ length: 250 }, (_, index) => index + 1)), upTo(250));
    const open = new Set<string>();
    client.on('commandSucceeded', ({ reply }) => {
      const { cursor, cursorsKilled = [] } = reply as Document;
      if (String(cursor?.ns).endsWith('_messages') && Number(cursor.id) !== 0) open.add(String(cursor.id));
      for (const id of cursorsKilled) open.delete(String(id));
    });
    await Promise.all([store.scan('messages', { limit: 10 }), store.scan('messages', { limit: 10 })]);
    expect(open.size).toBe(1);
  });

  it('a scan goes on though the server has closed its cursor', async () => {
    const client = monitored();
    const store = await opened({ db: client.db() });
    await store.apply(messages(Array.from({ length: 250 }, (_, index) => index + 1)), upTo(250));
    const reply = new Promise<Document>((resolve) => {
      client.on('commandSucceeded', ({ reply }) => {
        const { cursor } = reply as Document;
        if (String(cursor?.ns).endsWith('_messages')) resolve(cursor);
      });
    });
    const { docs } = await store.scan('messages', { limit: 101 });
    const { id, ns } = await reply;
    const killed = await client
      .db()
      .command({ killCursors: ns.slice(ns.indexOf('.') + 1), cursors: [Long.fromString(`${id}`)] });
    expect(killed.cursorsKilled.map(String)).toEqual([`${id}`]);
    const rest = await store.scan('messages', { after: docs.at(-1)!.id, limit: 1000 });
    expect(rest.docs).toHaveLength(149);
  });

  it('what one process projects, another reads at once', async () => {
    const url = databases.url();
    const [projecting, reading] = await Promise.all([0, 1].map(() => open(url)));
    for (let position = 1; position <= 20; position++) {
      await projecting!.apply(messages([position]), upTo(position));
      expect(await reading!.checkpoint()).toMatchObject({ position: position });
      expect((await reading!.find('messages', inLobby)).docs).toHaveLength(position);
    }
  });

  it('other processes take up rebuilt views by themselves, and read no dropped ones meanwhile', async () => {
    const url = databases.url();
    const [rebuilding, reading] = await Promise.all([0, 1].map(() => open(url)));
    const switched = vi.fn();
    reading!.onSwitch(switched);
    await rebuilding!.apply(messages([1, 2, 3]), upTo(3));
    const client = await databases.connect(url);
    const old = (await namesIn(client.db)).filter((name) => name.endsWith('_messages'));
    const build = await rebuilding!.build();
    await build.apply(messages([1, 2, 3]), upTo(3));
    await build.finish();
    while ((await namesIn(client.db)).includes(old[0]!)) {
      const { docs: found } = await reading!.find('messages', inLobby);
      expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    }
    expect(switched).toHaveBeenCalledOnce();
    expect((await reading!.find('messages', inLobby)).docs).toHaveLength(3);
  });

  it('the views need no `$$NOW`, which not every server has', async () => {
    const proxy = await startAnsweringProxy(databases.url());
    proxy.answers = (command) =>
      JSON.stringify(command).includes('$$NOW')
        ? refusal(9, 'FailedToParse', '$$NOW is not supported in this context.')
        : undefined;
    const store = await opened({ url: proxy.url });
    await store.apply([lobby, ...messages([2])], upTo(2));
    const build = await store.build();
    await build.apply(messages([1]), upTo(1));
    await build.finish();
    expect(await store.checkpoint()).toMatchObject({ position: 1 });
    await stores.pop()!.close();
    await proxy.close();
  });

  it('old views are dropped though a sweep failed, or came too early by the clock of the server', async () => {
    const db = databases.db();
    const onError = vi.fn();
    const clocks = [() => fail(new Error('no answer')), () => ({ touched: new Date(0) })];
    let isSwitched = false;
    const told = instead(db, {
      collection: ((name: string, options?: object) => {
        const real = db.collection(name, options);
        const clock = () => (isSwitched ? clocks.shift() : undefined);
        const findOneAndUpdate = (async (...asked: [object, object, object]) =>
          (clock() ?? (() => real.findOneAndUpdate(...asked)))()) as typeof real.findOneAndUpdate;
        return name === 'views_serving' ? instead(real, { findOneAndUpdate }) : real;
      }) as Db['collection'],
    });
    const store = await opened({ db: told }, { onError });
    store.onSwitch(() => {
      isSwitched = true;
    });
    const old = (await namesIn(db)).filter((name) => name.endsWith('_messages'));
    await (await store.build()).finish();
    await vi.waitFor(async () => expect(await namesIn(db)).not.toContain(old[0]), { timeout: 50_000, interval: 100 });
    expect(onError).toHaveBeenCalledOnce();
  });

  it('old views are dropped though the process that built the new ones has ended', async () => {
    const url = databases.url();
    const [building] = await Promise.all([0, 1].map(() => open(url)));
    const { db } = await databases.connect(url);
    const old = (await namesIn(db)).filter((name) => name.endsWith('_messages'));
    await (await building!.build()).finish();
    await building!.close();
    await vi.waitFor(async () => expect(await namesIn(db)).not.toContain(old[0]), { timeout: 50_000, interval: 100 });
  });

  it('new views that are compared for long are still those of a living process; once dropped, none take their place', async () => {
    const db = databases.db();
    const store = await opened({ db });
    const build = await store.build();
    await build.apply(messages([1, 2]), upTo(2));
    await build.complete();
    const beside = db.collection('views_beside');
    const isOld = { $set: { touched: new Date(0) } };
    await beside.updateOne({}, isOld);
    expect((await build.scan('messages', { limit: 1 })).docs).toHaveLength(1);
    await opened({ db });
    expect((await build.scan('messages', { after: 'm1', limit: 10 })).docs).toHaveLength(1);
    await beside.updateOne({}, isOld);
    await opened({ db });
    await expect(build.scan('messages', { limit: 10 })).rejects.toThrow(Unavailable);
    await expect(build.finish()).rejects.toThrow(Unavailable);
  });

  it('a build of a process that was killed is looked after until it is dropped', async () => {
    const db = databases.db();
    const { begin, complete, sweep } = generationsOf(db, shapeOf(collections));
    await complete();
    expect(await sweep()).toBeUndefined();
    const build = await begin();
    expect(await sweep()).toBeGreaterThan(0);
    await db.collection('views_beside').updateOne({}, { $set: { touched: new Date(0) } });
    expect(await sweep()).toBeUndefined();
    expect((await namesIn(db)).filter((name) => name.includes(build))).toEqual([]);
  });

  describe('of two versions of the program at once', () => {
    const later = shapeOf(
      collections.map((each) => ({ ...each, indexes: [...each.indexes, { fields: ['likes'], sort: 'seq' }] })),
      2,
    );
    const seqs = async (store: ViewStore) => (await store.find('messages', inLobby)).docs.map(({ seq }) => seq);
    /** As if the views had served an hour ago. */
    const anHourPasses = (db: Db) =>
      db.collection('views_serving').updateMany({}, { $set: { touched: new Date(Date.now() - 3_600_000) } });

    it('each has its own: the later one builds beside, the earlier one goes on, and comes back as often as it likes', async () => {
      const db = databases.db();
      const earlier = await opened({ db });
      await earlier.apply(messages([1, 2, 3]), upTo(3));
      const store = await opened({ db }, { shape: later });
      expect(await store.checkpoint()).toEqual({ ...upTo(3), isOutdated: true });
      expect(await seqs(store)).toEqual([1, 2, 3]);
      const build = await store.build();
      await build.apply(messages([1, 2, 3]), upTo(3));
      await earlier.apply(messages([4]), upTo(4));
      expect(await seqs(store)).toEqual([1, 2, 3, 4]);
      const switched = vi.fn();
      earlier.onSwitch(switched);
      await build.finish();
      expect(await store.checkpoint()).toEqual({ ...upTo(3), isOutdated: false });
      store.onSwitch(switched);
      for (let position = 5; position < 7; position++) {
        const restarted = await opened({ db });
        expect(await restarted.checkpoint()).toEqual({ ...upTo(position - 1), isOutdated: false });
        await restarted.apply(messages([position]), upTo(position));
        await store.checkpoint();
        await store.apply(messages([position - 1]), upTo(position - 1));
      }
      expect(await earlier.checkpoint()).toMatchObject({ position: 6 });
      expect(await seqs(earlier)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await seqs(store)).toEqual([1, 2, 3, 4, 5]);
      expect(switched).not.toHaveBeenCalled();
    });

    it('those of the earlier one go once no process has read them for long, those of the later one stay', async () => {
      const db = databases.db();
      const earlier = await opened({ db });
      await earlier.apply(messages([1, 2, 3]), upTo(3));
      const store = await opened({ db }, { shape: later });
      const build = await store.build();
      await build.apply(messages([1, 2]), upTo(2));
      await build.finish();
      await earlier.close();

      const reading = await opened({ db }, { shape: later });
      expect(await db.collection('views_serving').countDocuments()).toBe(2);
      await reading.close();
      await anHourPasses(db);
      await opened({ db }, { shape: later });
      expect((await namesIn(db)).filter((name) => name.startsWith('views_v1_'))).toEqual([]);

      await anHourPasses(db);
      const back = await opened({ db });
      expect(await back.checkpoint()).toEqual({ ...upTo(0), mark: '', isOutdated: false });
      expect(await seqs(store)).toEqual([1, 2]);
      expect(await (await opened({ db }, { shape: later })).checkpoint()).toEqual({ ...upTo(2), isOutdated: false });
    });
  });

  it('a batch under way while other views begin to serve goes into neither their documents nor their checkpoint', async () => {
    const url = databases.url();
    const [rebuilding, projecting] = await Promise.all([0, 1].map(() => open(url)));
    await projecting!.apply(messages([1, 2, 3]), upTo(3));
    const build = await rebuilding!.build();
    await build.apply(messages([1]), upTo(1));
    await build.finish();
    await expect(projecting!.apply(messages([4]), upTo(4))).rejects.toThrow(Switched);
    await expect(projecting!.apply(messages([4]), upTo(4))).rejects.toThrow(Switched);
    expect(await projecting!.checkpoint()).toMatchObject({ position: 1 });
    await projecting!.apply(messages([2, 3, 4]), upTo(4));
    expect((await rebuilding!.find('messages', inLobby)).docs.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('a database dropped under a running process becomes empty views, to be filled from the start', async () => {
    const url = databases.url();
    const store = await open(url);
    await store.apply(messages([1, 2]), upTo(2));
    await (await databases.connect(url)).db.dropDatabase();
    await expect(store.apply(messages([3]), upTo(3))).rejects.toThrow(Switched);
    expect(await store.checkpoint()).toMatchObject({ position: 0 });
    await store.apply(messages([1, 2, 3]), upTo(3));
    expect((await store.find('messages', inLobby)).docs).toHaveLength(3);
  });

  it('views put back to an older state under a running process are begun again, without a gap', async () => {
    const db = databases.db();
    const store = await opened({ db });
    const switched = vi.fn();
    store.onSwitch(switched);
    await store.checkpoint();
    await store.apply(messages([1, 2, 3]), upTo(3));
    await store.checkpoint();
    await db.collection('views_serving').updateOne({}, { $set: { checkpoint: 1 } });
    await expect(store.apply(messages([4]), upTo(4))).rejects.toThrow(Switched);
    expect(switched).toHaveBeenCalled();
    expect(await store.checkpoint()).toMatchObject({ position: 0 });
    await store.apply(messages([1, 2, 3, 4]), upTo(4));
    expect((await store.find('messages', inLobby)).docs).toHaveLength(4);
  });

  it('a projector that another one has replaced leaves the views alone, though a read that lags shows it an older state', async () => {
    const db = databases.db();
    const current = await opened({ db }, { fence: () => 2 });
    let lagging: Document | undefined;
    const lags = instead(db, {
      collection: ((name: string, options?: object) => {
        const real = db.collection(name, options);
        const findOne = ((...asked: [object]) => lagging ?? real.findOne(...asked)) as typeof real.findOne;
        return name === 'views_serving' ? instead(real, { findOne }) : real;
      }) as Db['collection'],
    });
    const stale = await opened({ db: lags }, { fence: () => 1 });
    await stale.apply(messages([1]), upTo(1));
    const earlier = await db.collection('views_serving').findOne();
    await stale.apply(messages([2]), upTo(2));
    await current.apply(messages([3, 4]), upTo(4));
    lagging = earlier!;
    await expect(stale.apply(messages([3]), upTo(3))).rejects.toThrow();
    expect(await current.checkpoint()).toMatchObject({ position: 4 });
    expect((await current.find('messages', inLobby)).docs).toHaveLength(4);
  });

  it('a projector with an older token than the last one is refused, and does no harm', async () => {
    const url = databases.url();
    const [stale, current] = await Promise.all([1, 2].map((token) => opened({ url }, { fence: () => token })));
    await stale!.apply([lobby, ...messages([2])], upTo(2));
    await current!.apply(messages([3, 4]), upTo(4));
    await expect(stale!.apply(messages([3]), upTo(3))).rejects.toThrow(Unavailable);
    await expect(stale!.apply(messages([3, 4, 5, 6]), upTo(6))).rejects.toThrow(Unavailable);
    expect(await current!.checkpoint()).toMatchObject({ position: 4 });
    await current!.apply(messages([5, 6]), upTo(6));
    expect(await current!.get('conversations', ['lobby'])).toMatchObject([{ messages: 5 }]);
    expect((await current!.find('messages', inLobby)).docs).toHaveLength(5);
  });

  it.skipIf(!server.own)('a server that is killed is away, then back, with all that was acknowledged', async () => {
    const onError = vi.fn();
    const store = await opened({ url: databases.url() }, { onError });
    await store.apply([lobby, ...messages([2, 3])], upTo(3));
    await server.kill();
    await Promise.all([
      expect(store.apply(messages([4]), upTo(4))).rejects.toThrow(Unavailable),
      expect(store.find('messages', inLobby)).rejects.toThrow(Unavailable),
      expect(store.checkpoint()).rejects.toThrow(Unavailable),
    ]);
    await eventually(() => expect(onError).toHaveBeenCalled());
    await server.restart();
    await eventually(async () => expect(await store.checkpoint()).toMatchObject({ position: 3 }));
    await store.apply(messages([4]), upTo(4));
    expect((await store.find('messages', inLobby)).docs).toHaveLength(3);
    expect(await store.get('conversations', ['lobby'])).toMatchObject([{ messages: 3 }]);
  });

  it.skipIf(!server.own)(
    'a server that hangs for seconds is away, and a batch caught by it is taken once',
    async () => {
      const store = await opened({ url: databases.url() }, { onError: () => {} });
      await store.apply([lobby], upTo(1));
      server.pause();
      const caught = store.apply(messages([2, 3]), upTo(3));
      await expect(store.get('conversations', ['lobby'])).rejects.toThrow(Unavailable);
      await expect(caught).rejects.toThrow(Unavailable);
      server.resume();
      await eventually(() => store.apply(messages([2, 3]), upTo(3)));
      expect(await store.checkpoint()).toMatchObject({ position: 3 });
      expect(await store.get('conversations', ['lobby'])).toMatchObject([{ messages: 2 }]);
      await store.close();
    },
    30_000,
  );
});

// The doctor: every difference between views and log is named with its event, and mended, beside a projector that goes on.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examineStores } from '../../src/checking.ts';
import { addMember } from '../../src/commands/addMember.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { describeConversation } from '../../src/commands/describeConversation.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { decode } from '../../src/domain/codec.ts';
import type { Difference } from '../../src/projections/differences.ts';
import type { Report } from '../../src/projections/doctor.ts';
import { collections, projectionsWith, shape } from '../../src/projections/index.ts';
import { membershipId } from '../../src/projections/memberships.ts';
import { project } from '../../src/projections/projection.ts';
import { folderOf } from '../../src/store/embedded/viewFiles.ts';
import { cellOf, tablesOf, upsertDocument } from '../../src/store/embedded/viewSchema.ts';
import type { Doc, Value } from '../../src/store/ports.ts';
import { viewsDirectory } from '../../src/stores.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { describeOnMongo } from '../support/mongoDb/testDatabases.ts';
import { AUTH_SECRET } from '../support/stores.ts';

/** Whoever has the files or the database of the views. */
interface Intruder {
  put(collection: string, doc: Doc): Promise<void>;
  /** Puts a document of another program there, as that would. Returns the id by which it is named. */
  plant(collection: string): Promise<string>;
  remove(collection: string, id: string): Promise<void>;
  /** Makes of a document what is none, in every way there is; each takes another one of `ids`. Returns how many it damaged. */
  damage(collection: string, ids: readonly string[]): Promise<number>;
  /** Takes away all documents. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const inFile = async (dataDir: string): Promise<Intruder> => {
  const directory = folderOf(viewsDirectory(dataDir), shape.version);
  const { generation } = JSON.parse(readFileSync(join(directory, 'views.json'), 'utf8'));
  const db = new DatabaseSync(join(directory, `views-${generation}.db`), { timeout: 1000 });
  const tables = new Map(tablesOf(collections).map((table) => [table.collection.name, table]));
  return {
    put: async (collection, doc) => {
      const table = tables.get(collection)!;
      const cells = table.fields.map((field) => cellOf(doc[field]));
      db.prepare(upsertDocument(table)).run(doc.id, ...cells, JSON.stringify(doc));
    },
    plant: async (collection) => {
      db.prepare(`INSERT INTO "c_${collection}" (id, doc) VALUES ('theirs', '{"hello":1}')`).run();
      return 'theirs';
    },
    remove: async (collection, id) => void db.prepare(`DELETE FROM "c_${collection}" WHERE id = ?`).run(id),
    damage: async (collection, ids) => {
      const ways = [
        "doc = ''",
        "doc = CAST(x'7b22ff00' AS TEXT)",
        "doc = 'null'",
        "doc = '[1]'",
        "doc = json_set(doc, '$.id', 'another')",
        'doc = substr(doc, 1, 20)',
        "f_deleted = x'02'",
        'f_deleted = 0',
        'f_number = CAST(f_number AS TEXT)',
        'f_usernameKey = NULL',
      ];
      for (const [i, way] of ways.entries())
        db.prepare(`UPDATE "c_${collection}" SET ${way} WHERE id = ?`).run(ids[i]!);
      return ways.length;
    },
    clear: async () => {
      for (const { name } of collections) db.exec(`DELETE FROM "c_${name}"`);
    },
    close: async () => db.close(),
  };
};

const inMongo = async (url: string): Promise<Intruder> => {
  const client = await new MongoClient(url).connect();
  const serving = await client.db().collection('views_serving').findOne();
  const of = (name: string) => client.db().collection<{ _id: string }>(`views_${serving!.generation}_${name}`);
  return {
    // Without the position that the document has taken: whoever plants one does not know of it.
    put: async (collection, { id, ...fields }) => {
      await of(collection).replaceOne({ _id: id }, fields, { upsert: true });
    },
    plant: async (collection) => {
      const { insertedId } = await client.db().collection(of(collection).collectionName).insertOne({ deleted: false });
      return `{"_id":{"$oid":"${insertedId.toHexString()}"}}`;
    },
    remove: async (collection, id) => void (await of(collection).deleteOne({ _id: id })),
    damage: async (collection, ids) => {
      const ways = [
        { $set: { _position: 'nowhere' }, $unset: { username: 1 } },
        { $set: { _position: null, number: null } },
        { $set: { _removed: true } },
        { $set: { deleted: 'false' } },
        { $set: { number: [1] } },
        { $set: { username: { _json: 'no JSON' } } },
        { $set: { firstName: new Date(0) } },
        { $set: { firstName: Buffer.from('x') } },
        { $rename: { usernameKey: 'userNameKey' } },
      ];
      for (const [i, way] of ways.entries()) await of(collection).updateOne({ _id: ids[i]! }, way as never);
      return ways.length;
    },
    clear: async () => {
      for (const { name } of collections) await of(name).deleteMany({});
    },
    close: () => client.close(),
  };
};

const { signal } = new AbortController();

const suite = (kind: () => Promise<{ program: TestCore; intruder: Intruder }>) => {
  let program: TestCore;
  let intruder: Intruder;
  let ann: string;
  let ben: string;
  let group: string;
  const say = (text: string) => sendMessage(program.core, meta(ann), { conversationId: group, text });

  beforeAll(async () => {
    ({ program, intruder } = await kind());
    const { core } = program;
    [ann, ben] = [await program.person('ann'), await program.person('ben')];
    group = (await createGroup(core, meta(ann), { name: 'Team', memberIds: [ben] })).conversationId;
    for (let i = 0; i < 70; i++) await say(`text ${i}`);
    const { messageId } = await say('to be removed');
    await removeMessage(core, meta(ann), { conversationId: group, messageId });
    await removeMember(core, meta(ann), { conversationId: group, userId: ben });
    await describeConversation(core, meta(ann), { conversationId: group, name: 'Crew' });
    await program.settled();
  });
  afterAll(async () => {
    await intruder?.close();
    await program?.dispose();
  });

  const examine = (repair = false, most = 60): Promise<Report> =>
    examineStores(program.stores, program.progress, { repair, most, signal });

  const everything = async (): Promise<readonly (readonly [collection: string, doc: Doc])[]> => {
    const all: [string, Doc][] = [];
    for (const { name } of collections) {
      let after: string | undefined;
      for (let more = true; more; ) {
        const page = await program.stores.views.scan(name, { after, limit: 100 });
        all.push(...page.docs.map((doc): [string, Doc] => [name, doc]));
        after = page.docs.at(-1)?.id;
        more = page.more;
      }
    }
    return all;
  };

  test('views that are as the log has them have no differences', async () => {
    const report = await examine();
    expect(report).toMatchObject({ differing: 0, differences: [], broken: [] });
    expect(report.documents).toBe((await everything()).length);
    expect(report.events).toBe((await program.stores.events.readLog(0, 5000)).length);
  });

  test('a hundred damages are named, each with its event, and mended', async () => {
    const whole = await everything();
    const docs = whole.filter((_, i) => i % Math.max(1, Math.floor(whole.length / 80)) === 0).slice(0, 80);
    const planted: Pick<Difference, 'collection' | 'id' | 'field' | 'is'>[] = [];
    for (const [i, [collection, doc]] of docs.entries()) {
      const { id } = doc;
      const fields = Object.keys(doc).filter((field) => field !== 'id');
      const field = fields[i % Math.max(1, fields.length)] ?? 'planted';
      const is = (['changed', 'missing', 'extra', 'gone'] as const)[i % 4]!;
      if (is === 'gone') await intruder.remove(collection, id);
      else if (is === 'extra') await intruder.put(collection, { ...doc, planted: i });
      else if (is === 'changed') await intruder.put(collection, { ...doc, [field]: `changed ${i}` });
      else {
        const { [field]: _, ...rest } = doc as Record<string, Value>;
        await intruder.put(collection, rest as Doc);
      }
      planted.push({
        collection,
        id,
        field: is === 'gone' ? null : is === 'extra' ? 'planted' : field,
        is: is === 'gone' ? 'missing' : is,
      });
    }
    for (let i = 0; i < 19; i++) {
      const collection = collections[i % collections.length]!.name;
      await intruder.put(collection, { id: `planted-${i}`, number: i });
      planted.push({ collection, id: `planted-${i}`, field: null, is: 'extra' });
    }
    // One that an event removed.
    const left = membershipId(group, ben);
    await intruder.put('memberships', { id: left, conversationId: group, userId: ben });
    planted.push({ collection: 'memberships', id: left, field: null, is: 'extra' });
    expect(planted).toHaveLength(100);

    const order = (one: Pick<Difference, 'collection' | 'id'>) => `${one.collection} ${one.id}`;
    const sorted = <T extends Pick<Difference, 'collection' | 'id'>>(all: readonly T[]) =>
      all.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
    const report = await examine();
    expect(report.differing).toBe(100);
    expect(sorted(report.differences).map(({ event: _, ...rest }) => rest)).toEqual(sorted(planted));

    const changes = project(projectionsWith(await program.stores.events.marks()));
    const log = new Map((await program.stores.events.readLog(0, 5000)).map((event) => [event.id, decode(event)]));
    for (const { collection, id, field, event } of report.differences) {
      if (id.startsWith('planted')) expect(event).toBeNull();
      else {
        const made = changes(log.get(event!.id)!).filter(
          (change) => change.collection === collection && (change.op === 'put' ? change.doc.id : change.id) === id,
        );
        const sets = made.map((change) => (change.op === 'patch' ? Object.keys(change.fields) : [field]));
        expect({ id, field, made: sets.flat().includes(field) || made[0]?.op === 'put' }).toMatchObject({ made: true });
      }
    }
    expect(report.differences.find(({ id }) => id === left)!.event).toMatchObject({ type: 'MemberRemoved' });

    expect(await examine(true)).toMatchObject({ differing: 100, mended: 100 });
    expect(await examine()).toMatchObject({ differing: 0 });
    expect(sorted((await everything()).map(([collection, doc]) => ({ collection, ...doc })))).toEqual(
      sorted(whole.map(([collection, doc]) => ({ collection, ...doc }))),
    );
    // The projector goes on where it was.
    await say('after all of it');
    await addMember(program.core, meta(ann), { conversationId: group, userId: ben });
    await program.settled();
    expect(await examine()).toMatchObject({ differing: 0 });
  });

  test('what is no document any more is named, and mended', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, (_, i) => program.person(`damaged${i}`)));
    await program.settled();
    const whole = await everything();
    const damaged = people.slice(0, await intruder.damage('users', people));
    const report = await examine(true);
    expect(new Set(report.differences.map(({ id }) => id))).toEqual(new Set(damaged));
    for (const { collection, event } of report.differences)
      expect({ collection, type: event?.type }).toEqual({ collection: 'users', type: expect.any(String) });
    expect(report).toMatchObject({ differing: damaged.length, mended: damaged.length });
    expect(await examine()).toMatchObject({ differing: 0 });
    expect(await everything()).toEqual(whole);
  });

  test('a document of another program is named, and taken away', async () => {
    const whole = await everything();
    const id = await intruder.plant('users');
    const differences = [{ collection: 'users', id, field: null, is: 'extra', event: null }];
    expect(await examine(true)).toMatchObject({ differing: 1, mended: 1, differences });
    expect(await everything()).toEqual(whole);
  });

  test('while messages come, the views are right at each look, and what is mended stays right', async () => {
    await intruder.remove('conversations', group);
    let isOver = false;
    const sending = (async () => {
      for (let i = 0; i < 30 || (i < 150 && !isOver); i++) await say(`meanwhile ${i}`);
    })();
    const report = await examine(true, 5000);
    isOver = true;
    await sending;
    expect(report).toMatchObject({ differing: 1, mended: 1 });
    expect(report.differences).toMatchObject([{ collection: 'conversations', id: group, is: 'missing' }]);
    await program.settled();
    expect(await examine()).toMatchObject({ differing: 0 });
  });

  test('events that the views take while they are read are no differences', async () => {
    const { views } = program.stores;
    let sent = 0;
    const scan: typeof views.scan = async (...asked) => {
      if (sent++ < 10) await say(`between pages ${sent}`);
      const page = await views.scan(...asked);
      // The answer is late: the log goes on meanwhile.
      if (sent++ < 10) await say(`before the answer ${sent}`);
      return page;
    };
    const stores = { ...program.stores, views: instead(views, { scan }) };
    const options = { repair: false, most: 5000, signal };
    expect(await examineStores(stores, program.progress, options)).toMatchObject({ differing: 0 });
  });

  test('views that lost everything need no more memory than a share', async () => {
    await program.settled();
    const whole = await everything();
    await intruder.clear();
    const report = await examine(true, 40);
    expect(report.mended).toBe(report.differing);
    expect(await examine()).toMatchObject({ differing: 0 });
    expect(await everything()).toEqual(whole);
  });
};

describe('the doctor of embedded views', () => {
  suite(async () => {
    const program = await openCore();
    return { program, intruder: await inFile(program.dataDir) };
  });
});

await describeOnMongo('the doctor of views in MongoDB', (databases) => {
  suite(async () => {
    const url = databases.url();
    const program = await openCore({ MONGODB_URL: url, AUTH_SECRET });
    return { program, intruder: await inMongo(url) };
  });
});

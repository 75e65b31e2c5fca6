import { expect, test } from 'vitest';
import { openKnownPlaces } from '../../../src/store/mongoDb/knownPlaces.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('the known places in MongoDB', ({ db: newDatabase }) => {
  test('are those of all processes, the latest last; older ones go', async () => {
    const db = newDatabase();
    const places = db.collection<{ _id: string; at: Date }>('known_places');
    await places.insertMany([5, 2, 4, 1, 3].map((i) => ({ _id: `mark ${i}`, at: new Date(i) })));
    const latest = ['mark 3', 'mark 4', 'mark 5'];
    expect(await openKnownPlaces(db, 3).read()).toEqual(latest);
    expect((await places.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual(latest);
    const other = openKnownPlaces(db, 4);
    other.add('mark 6');
    await other.close();
    expect(await other.read()).toEqual([...latest, 'mark 6']);
  });

  test('grow by as many as are kept, until the next start drops the older ones', async () => {
    const db = newDatabase();
    const places = openKnownPlaces(db, 3);
    for (let i = 0; i < 10; i++) places.add(`mark ${i}`);
    await places.close();
    expect(await db.collection('known_places').countDocuments()).toBe(3);
  });
});

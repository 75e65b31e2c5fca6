// Run as a process, under strace: appends `argv[3]` large events to the event store in `argv[2]`, until one fails, and
// says how many were taken, why the next was not, and whether the one after that was.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { describeCause } from '../../../src/store/cause.ts';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';

const [, , file, count] = process.argv;
const store = await openEmbeddedEventStore({ file: file! });
const data = JSON.stringify('x'.repeat(800_000));
const last = (await store.readStream('user-1', { backwards: true, limit: 1 })).at(0)?.revision ?? -1;
const append = (n: number) =>
  store.append('user-1', last + n, [{ id: randomUUID(), type: 'Happened', data, meta: '{}' }]);

let taken = 0;
try {
  while (taken < Number(count)) {
    await append(taken);
    taken += 1;
  }
  writeSync(1, `${taken} appended\n`);
} catch (error) {
  const again = await store.append('user-2', -1, [{ id: randomUUID(), type: 'Happened', data: '{}', meta: '{}' }]).then(
    () => 'taken again',
    () => 'and again',
  );
  writeSync(1, `${taken} appended, then ${describeCause(error)}, ${again}\n`);
}
await store.close();

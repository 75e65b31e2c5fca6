// Run as a process, under strace: appends some events and keeps some contents in `argv[2]`, one after the other, and says
// of each when it was answered.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedBlobStore } from '../../../src/store/embedded/blobStore.ts';
import { makeFolder } from '../../../src/store/embedded/durable.ts';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';

const directory = process.argv[2]!;
await makeFolder(directory);

const events = await openEmbeddedEventStore({ file: join(directory, 'events.db') });
for (let revision = -1; revision < 4; revision++) {
  await events.append('user-1', revision, [{ id: randomUUID(), type: 'Happened', data: '{}', meta: '{}' }]);
  writeSync(1, 'appended\n');
}
await events.close();

const blobs = await openEmbeddedBlobStore({ directory: join(directory, 'blobs') });
for (let n = 0; n < 3; n++) {
  const { hash } = await blobs.put(
    (async function* () {
      yield Buffer.from(`content ${n}`);
    })(),
    100,
  );
  writeSync(1, `kept ${hash}\n`);
}

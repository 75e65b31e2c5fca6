// Run as a process: appends to the event store in `argv[2]` as fast as it can, and prints a line for each event answered.
// After `argv[3]` lines, if given, it kills itself: no moment is closer to an answer than that.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';
import { type NewEvent, NO_STREAM } from '../../../src/store/ports.ts';

const store = await openEmbeddedEventStore({ file: process.argv[2]! });

const lastLine = Number(process.argv[3] ?? Number.POSITIVE_INFINITY);
let lines = 0;

async function appendTo(stream: string): Promise<never> {
  const [last] = await store.readStream(stream, { backwards: true, limit: 1 });
  for (let expected = last?.revision ?? NO_STREAM; ; ) {
    const events = someEvents();
    const { revision, position } = await store.append(stream, expected, events);
    events.forEach(({ id }, i) => {
      const before = events.length - 1 - i;
      print(`${id} ${stream} ${revision - before} ${position - before}\n`);
      if (++lines === lastLine) process.kill(process.pid, 'SIGKILL');
    });
    expected = revision;
  }
}

/** Who reads may be slow; a full pipe takes no line, not even a part of one this short. */
function print(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

function someEvents(): NewEvent[] {
  const data = JSON.stringify({ text: 'x'.repeat(Math.random() * 2000) });
  return Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => ({
    id: randomUUID(),
    type: 'MessageSent',
    data,
    meta: '{}',
  }));
}

await Promise.all(Array.from({ length: 12 }, (_, i) => appendTo(`messages-${i}`)));

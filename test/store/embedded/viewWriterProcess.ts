// A process of its own that writes views until it is killed: every event adds one to a counter and puts a document.
// Prints each checkpoint it was answered. Started as: node viewWriterProcess.ts <directory> [<checkpoint to end at>]

import { openEmbeddedViewStore } from '../../../src/store/embedded/viewStore.ts';
import type { Placed } from '../../../src/store/ports.ts';
import { shapeOf } from '../../support/shapeOf.ts';
import { upTo } from '../../support/upTo.ts';

export const counted = shapeOf([
  { name: 'counters', indexes: [] },
  { name: 'entries', indexes: [{ fields: ['parity'], sort: 'position' }] },
]);

export const counting = (position: number): Placed => ({
  position,
  changes: [
    ...(position === 1 ? [{ op: 'put', collection: 'counters', doc: { id: 'all', count: 0 } } as const] : []),
    { op: 'add', collection: 'counters', id: 'all', field: 'count', by: 1 },
    {
      op: 'put',
      collection: 'entries',
      doc: { id: `entry-${position}`, position, parity: position % 2, text: 'x'.repeat(500) },
    },
  ],
});

if (import.meta.main) {
  const [directory = '', end = 'Infinity'] = process.argv.slice(2);
  const store = await openEmbeddedViewStore({ directory, shape: counted });
  for (let { position } = await store.checkpoint(); position < Number(end); ) {
    const size = 1 + (position % 97);
    await store.apply(
      Array.from({ length: size }, (_, index) => counting(position + 1 + index)),
      upTo(position + size),
    );
    position += size;
    console.log(position);
  }
}

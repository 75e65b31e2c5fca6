import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Doc, Placed, Value } from '../../../src/store/ports.ts';
import { foldBatch, type Write } from '../../../src/store/shared/foldBatch.ts';
import { histories, IDS, inOrder, placedOf } from './histories.ts';

interface Kept {
  /** 0: there is nothing, not even a mark. */
  readonly position: number;
  readonly doc: Doc | undefined;
}

const NOTHING: Kept = { position: 0, doc: undefined };

/** What a guarded write makes of a document. */
function written(kept: Kept, { position, outcome }: Write): Kept {
  if (kept.position >= position) return kept;
  if (outcome.kind === 'put') return { position, doc: outcome.doc };
  if (outcome.kind === 'removed') return { position, doc: undefined };
  if (kept.doc === undefined) return kept;
  const doc: { id: string; [field: string]: Value } = { ...kept.doc, ...outcome.fields };
  for (const [field, steps] of Object.entries(outcome.steps))
    for (const step of steps) if (step.position > kept.position) doc[field] = Number(doc[field] ?? 0) + step.by;
  for (const [field, { items, most }] of Object.entries(outcome.fronts)) {
    const others = ((doc[field] ?? []) as readonly string[]).filter((item) => !items.includes(item));
    doc[field] = [...items, ...others].slice(0, most);
  }
  return { position, doc };
}

const writeTo = (id: string, batch: readonly Placed[]) =>
  foldBatch(batch)
    .get('messages')
    ?.find((write) => write.id === id);

describe('the writes of a batch', () => {
  it('bring a document to its end, whatever part of the batch it has taken before', () => {
    const cases = fc.record({ events: histories, taken: fc.nat(), from: fc.nat() });
    fc.assert(
      fc.property(cases, ({ events, taken, from }) => {
        const placed = placedOf(events);
        const before = placed.slice(0, taken % (placed.length + 1));
        const batch = placed.slice(from % (before.length + 1));
        for (const id of IDS) {
          let kept = NOTHING;
          for (const each of before) {
            const write = writeTo(id, [each]);
            if (write !== undefined) kept = written(kept, write);
          }
          const write = writeTo(id, batch);
          if (write !== undefined) kept = written(kept, write);
          expect(kept.doc).toEqual(inOrder(placed, id));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are one for each document, the same for a batch shuffled and repeated', () => {
    const cases = histories.chain((events) => {
      const placed = placedOf(events);
      const shuffled = fc.shuffledSubarray([...placed, ...placed], { minLength: placed.length * 2 });
      return fc.record({ placed: fc.constant(placed), shuffled });
    });
    fc.assert(
      fc.property(cases, ({ placed, shuffled }) => {
        const writes = foldBatch(placed).get('messages') ?? [];
        expect(new Set(writes.map(({ id }) => id)).size).toBe(writes.length);
        expect(foldBatch(shuffled)).toEqual(foldBatch(placed));
      }),
    );
  });
});

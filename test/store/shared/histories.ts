// Any changes to a few documents, for the tests that deliver them in every way.

import fc from 'fast-check';
import type { Change, Doc, Placed } from '../../../src/store/ports.ts';

export const IDS = ['a', 'b', 'c'];
export const CONVERSATIONS = ['x', 'y'];

const collection = 'messages';
const id = fc.constantFrom(...IDS);
const conversationId = fc.constantFrom(...CONVERSATIONS);
const likes = fc.integer({ min: -5, max: 5 });
const text = fc.string({ unit: 'grapheme' });
const MOST = 2;
const item = fc.constantFrom('ann', 'ben', 'cleo', 'dan');
const writers = fc.uniqueArray(item, { maxLength: MOST });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ id, conversationId, text, likes })
    .map((doc) => ({ op: 'put', collection, doc: { ...doc, seq: IDS.indexOf(doc.id) } }) as const),
  fc
    .record({ id, fields: fc.record({ conversationId, text, likes, writers }, { requiredKeys: [] }) })
    .map((patch) => ({ op: 'patch', collection, ...patch }) as const),
  fc.record({ id, by: likes }).map((add) => ({ op: 'add', collection, field: 'likes', ...add }) as const),
  {
    weight: 2,
    arbitrary: fc
      .record({ id, item })
      .map((move) => ({ op: 'moveToFront', collection, field: 'writers', most: MOST, ...move }) as const),
  },
  id.map((each) => ({ op: 'remove', collection, id: each }) as const),
);

/** For each event what it changes. */
export const histories = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 15 });

/** At positions 1, 2, 3 … */
export const placedOf = (events: readonly (readonly Change[])[]): Placed[] =>
  events.map((changes, index) => ({ position: index + 1, changes }));

const moved = (list: readonly string[] = [], move: { readonly item: string; readonly most: number }) =>
  [move.item, ...list.filter((other) => other !== move.item)].slice(0, move.most);

/** What a document becomes by one change, in the plainest words. */
function changed(doc: Doc | undefined, each: Change): Doc | undefined {
  if (each.op === 'put') return each.doc;
  if (each.op === 'remove' || doc === undefined) return undefined;
  if (each.op === 'patch') return { ...doc, ...each.fields };
  if (each.op === 'moveToFront') return { ...doc, writers: moved(doc.writers as readonly string[] | undefined, each) };
  return { ...doc, [each.field]: Number(doc[each.field] ?? 0) + each.by };
}

/** What delivery in order, each event once, makes of a document. */
export const inOrder = (placed: readonly Placed[], id: string): Doc | undefined =>
  placed
    .flatMap(({ changes }) => changes)
    .filter((change) => (change.op === 'put' ? change.doc.id : change.id) === id)
    .reduce(changed, undefined as Doc | undefined);

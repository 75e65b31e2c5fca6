// Writes what a batch comes to: one bulk write for each collection, every document guarded by the position it has taken.

import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { type AnyBulkWriteOperation, type Collection, type Document, MongoBulkWriteError } from 'mongodb';
import type { Mend } from '../ports.ts';
import type { Front, Outcome, Step, Write } from '../shared/foldBatch.ts';
import { REPLICATED } from './connection.ts';
import { bodyOf, checkField, type Stored, storedFields, storedId, tombstone } from './documents.ts';
import { DUPLICATE_KEY, writeErrorsOf } from './failures.ts';

/** Operations of one call: a second at most on a slow server, well below the limit of the socket. */
const AT_ONCE = 250;
/** Documents that are known to be put again and again: few are, such as the minute of now. */
const PUT_AGAIN = 1_000;
/** What servers call a sum on what is no number, and the front of what is no list. The last is what FerretDB makes of 28651. */
const OF_ANOTHER_KIND = new Set([14, 16554, 28651, 520_880_157]);

type Operation = AnyBulkWriteOperation<Stored>;

/** The writes to one collection. Their order is free: each is of another document. */
export interface Target {
  readonly collection: Collection<Stored>;
  readonly writes: readonly Write[];
}

/** Remembers documents whose insert was refused: they are put again and again. */
export const createWriteDocuments = () => {
  const putAgain = new LRUCache<string, true>({ max: PUT_AGAIN });

  const run = async (collection: Collection<Stored>, writes: readonly Write[]): Promise<void> => {
    const keyOf = ({ id }: Write): string => `${collection.collectionName} ${id}`;
    const tasks = together(writes).map((alike) => taskOf(alike, putAgain.get(keyOf(alike[0])) === true));
    for (let from = 0; from < tasks.length; from += AT_ONCE) {
      const some = tasks.slice(from, from + AT_ONCE);
      const firsts = some.map(({ first }) => first);
      const there = (await bulk(collection, firsts)).map((index) => some[index]!);
      for (const { write } of there) if (write.outcome.kind === 'put') putAgain.set(keyOf(write), true);
      // Another writer may just have made these documents, from an earlier event.
      const again = there.map(({ onceThere }) => onceThere);
      if (again.length > 0) await bulk(collection, again);
    }
  };

  /**
   * Can be repeated, wholly or from any point.
   * @throws TypeError an `add` to what is no number, the front of what is no list, or a field's name that cannot be one.
   */
  return async (targets: readonly Target[]): Promise<void> => {
    const tasks = targets.map(({ collection, writes }) => ({
      collection,
      merges: writes.filter(({ outcome }) => isMerge(outcome)),
      others: writes.filter(({ outcome }) => !isMerge(outcome)),
    }));
    // Merges first: they can fail, and then nothing else of the batch may be written.
    await all(tasks.map(({ collection, merges }) => run(collection, merges)));
    await all(tasks.map(({ collection, others }) => run(collection, others)));
  };
};

/** Waits for all before it throws: when the batch is repeated, none of its writes is still under way. */
const all = async (running: readonly Promise<void>[]): Promise<void> => {
  const failed = (await Promise.allSettled(running)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};

/**
 * Writes documents whatever they hold, unless they have taken an event after `position`. Also mends a document whose own
 * position is missing.
 */
export const mendDocuments = async (
  collection: Collection<Stored>,
  position: number,
  mends: readonly Mend[],
): Promise<void> => {
  const isForeign = ({ id }: Mend): boolean => storedId(id) !== id;
  for (const { id } of mends.filter(isForeign)) await collection.deleteOne({ _id: storedId(id) });
  const own = mends.filter((mend) => !isForeign(mend));
  for (let from = 0; from < own.length; from += AT_ONCE)
    await bulk(
      collection,
      own.slice(from, from + AT_ONCE).map(({ id, doc }) => ({
        replaceOne: {
          filter: { _id: id, _position: { $not: { $gt: position } } },
          replacement: doc ? bodyOf(doc, position) : tombstone(position),
          // A document that has taken a later event is there already: the insert fails, and nothing is written.
          upsert: true,
        },
      })),
    );
};

/** Places of the inserts that found their document made already. */
const bulk = async (collection: Collection<Stored>, operations: Operation[]): Promise<readonly number[]> => {
  try {
    await collection.bulkWrite(operations, { ordered: false, writeConcern: REPLICATED });
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) throw error;
    const failed = writeErrorsOf(error);
    if ([error, ...failed].some(({ code }) => OF_ANOTHER_KIND.has(Number(code))))
      throw new TypeError('only a number can be added to, and only a list has a front', { cause: error });
    if (failed.length === 0 || failed.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return failed.map(({ index }) => index);
  }
};

/** Patches of one event that set the same, of as many documents. Every other write is alone. */
type Alike = readonly [Write, ...Write[]];

/** One operation sets the same in many documents, as when an account with many parts of names goes. */
const together = (writes: readonly Write[]): readonly Alike[] => {
  const groups: [Write, ...Write[]][] = [];
  for (const write of writes) {
    const last = groups.at(-1);
    if (
      last &&
      isPatch(write) &&
      write.position === last[0].position &&
      isDeepStrictEqual(write.outcome, last[0].outcome)
    )
      last.push(write);
    else groups.push([write]);
  }
  return groups;
};

interface Task {
  /** The first of those that it writes. */
  readonly write: Write;
  readonly first: Operation;
  /** For a document that turned out to be there: takes the write if it is older. */
  readonly onceThere: Operation;
}

/** `isPutAgain`: the document is there already, as far as this process knows. */
const taskOf = (alike: Alike, isPutAgain: boolean): Task => {
  const [write] = alike;
  const { id, position, outcome } = write;
  const older = { _position: { $lt: position } };
  if (outcome.kind === 'changed') {
    const isThere = { ...older, _removed: { $exists: false } };
    const change = update(outcome, position);
    const first: Operation =
      alike.length === 1
        ? { updateOne: { filter: { _id: id, ...isThere }, update: change } }
        : { updateMany: { filter: { _id: { $in: alike.map((each) => each.id) }, ...isThere }, update: change } };
    return { write, first, onceThere: first };
  }
  const filter = { _id: id, ...older };
  const replacement = outcome.kind === 'put' ? bodyOf(outcome.doc, position) : tombstone(position);
  const onceThere = { replaceOne: { filter, replacement } };
  // Most documents that are put are new: an insert costs a fraction of an upsert, and is the strictest guard.
  const isNew = outcome.kind === 'put' && !isPutAgain;
  const first: Operation = isNew
    ? { insertOne: { document: { _id: id, ...replacement } } }
    : { replaceOne: { filter, replacement, upsert: true } };
  return { write, first, onceThere };
};

type Changed = Extract<Outcome, { kind: 'changed' }>;

/** Does what becomes of the document depend on what it holds? */
const isMerge = (outcome: Outcome): boolean =>
  outcome.kind === 'changed' && Object.keys({ ...outcome.steps, ...outcome.fronts }).length > 0;

const isPatch = ({ outcome }: Write): boolean => outcome.kind === 'changed' && !isMerge(outcome);

/** A pipeline only for what reads the document: in a pipeline a value is a literal or it is an expression. */
const update = (outcome: Changed, position: number): Document | Document[] => {
  const set = { ...storedFields(outcome.fields), _position: position };
  if (!isMerge(outcome)) return { $set: set };
  const literals = Object.entries(set).map(([field, value]) => [field, { $literal: value }]);
  const sums = Object.entries(outcome.steps).map(([field, steps]) => [checkField(field), sum(field, steps)]);
  const lists = Object.entries(outcome.fronts).map(([field, front]) => [checkField(field), list(field, front)]);
  return [{ $set: Object.fromEntries([...literals, ...sums, ...lists]) }];
};

const sum = (field: string, steps: readonly Step[]): Document => {
  const taken = steps.map(({ position, by }) => ({ $cond: [{ $lt: ['$_position', position] }, by, 0] }));
  return { $add: [{ $ifNull: [`$${field}`, 0] }, ...taken] };
};

/** As `moveToFront`. */
const list = (field: string, { items, most }: Front): Document => {
  const moved = { $literal: items };
  const input = { $ifNull: [`$${field}`, []] };
  const others = { $filter: { input, as: 'item', cond: { $not: [{ $in: ['$$item', moved] }] } } };
  return { $slice: [{ $concatArrays: [moved, others] }, most] };
};

// How far the node's clock is from ours. The node dates each event: if the clocks agree, the date of an event that we
// append lies between its sending and its answer.

import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Appended } from '../ports.ts';
import type { Connection } from './connection.ts';

/** Milliseconds between two measurements. */
const EVERY = 10_000;

/** The date of an event: milliseconds since 1970. */
const dateOf = async (client: unknown, stream: string, revision: number): Promise<number | undefined> => {
  const range = { fromRevision: BigInt(revision), maxCount: 1, requiresLeader: true };
  const [found] = await Array.fromAsync((client as EventStoreDBClient).readStream(stream, range));
  return found?.event?.created.getTime();
};

/** How far a date lies outside of a time, in milliseconds: 0 inside. */
const outside = (date: number, from: number, to: number): number =>
  date < from ? date - from : date > to ? date - to : 0;

/**
 * Out: runs an append to `stream`, and measures once in `every` milliseconds. Then it tells `onDifference` how many
 * milliseconds the node's clock is ahead of ours, at least; below 0: behind.
 */
export const watchClock = (
  connection: Pick<Connection, 'run'>,
  onDifference: (milliseconds: number) => void,
  every = EVERY,
) => {
  let nextAt = Number.NEGATIVE_INFINITY;
  let before = 0;

  const measure = async (stream: string, sentAt: number, { revision }: Appended): Promise<void> => {
    const answeredAt = Date.now();
    const date = await connection.run(({ client }) => dateOf(client, stream, revision));
    if (date === undefined) return;
    const found = outside(date, sentAt, answeredAt);
    // A replayed append has the date of its first time: only two in a row count, so the next append is measured too.
    onDifference(Math.abs(found) < Math.abs(before) ? found : before);
    if (before === 0 && found !== 0) nextAt = Number.NEGATIVE_INFINITY;
    before = found;
  };

  return async (stream: string, append: () => Promise<Appended>): Promise<Appended> => {
    if (performance.now() < nextAt) return append();
    nextAt = performance.now() + every;
    const sentAt = Date.now();
    const appended = await append();
    void measure(stream, sentAt, appended).catch(() => undefined);
    return appended;
  };
};

// What an EventStoreDB node does for its client, as far as this project relies on it. It was measured on a node of version
// 23.10.6, which `docker-compose.yml` runs; whatever stands in for a node must pass it.

import { randomUUID } from 'node:crypto';
import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  ANY,
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  FORWARDS,
  type JSONType,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  type StreamSubscription,
  streamNameFilter,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';

export interface WireNode {
  readonly url: string;
  close(): Promise<void>;
}

export function eventStoreDbWireContract(name: string, find: () => Promise<WireNode>): void {
  describe(`the EventStoreDB protocol: ${name}`, () => {
    let node: WireNode;
    let client: EventStoreDBClient;
    const followed: Followed[] = [];
    beforeAll(async () => {
      node = await find();
      client = EventStoreDBClient.connectionString(node.url);
    });
    afterEach(async () => {
      for (const each of followed.splice(0)) await each.stop();
    });
    afterAll(async () => {
      await client.dispose();
      await node.close();
    });

    const append = (stream: string, events: Noted[], expectedRevision: AppendExpectedRevision = NO_STREAM) =>
      client.appendToStream(stream, events, { expectedRevision });
    const read = async (stream: string, options?: Parameters<EventStoreDBClient['readStream']>[1]) => {
      const resolved = await Array.fromAsync(client.readStream(stream, options));
      return resolved.map(({ event }) => event!);
    };
    const numbers = async (stream: string, options?: Parameters<EventStoreDBClient['readStream']>[1]) =>
      (await read(stream, options)).map(({ data }) => numberIn(data));
    /** The latest events of the log, the last first. */
    const last = async (maxCount: number): Promise<Seen[]> => {
      const log = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount });
      return (await Array.fromAsync(log)).map(({ event }) => event!);
    };
    const follow = (subscription: Subscription): Followed => {
      const started = followFrom(subscription);
      followed.push(started);
      return started;
    };

    describe('appending', () => {
      it('answers the revision and the place in the log', async () => {
        expect(await append(fresh(), [noted()])).toEqual({
          success: true,
          nextExpectedRevision: 0n,
          position: { commit: expect.any(BigInt), prepare: expect.any(BigInt) },
        });
      });

      it('keeps the events of one append together and in order', async () => {
        const stream = fresh();
        expect(await append(stream, notes(4))).toMatchObject({ nextExpectedRevision: 3n });
        const recorded = await read(stream);
        expect(recorded.map(({ revision }) => revision)).toEqual([0n, 1n, 2n, 3n]);
        expect(recorded.map(({ data }) => numberIn(data))).toEqual([0, 1, 2, 3]);
      });

      it('takes an append at the last revision and tells where the stream is at any other', async () => {
        const stream = fresh();
        await append(stream, notes(2));
        await append(stream, [noted()], 1n);
        for (const [asked, told] of [
          [1n, 1n],
          [42n, 42n],
          [NO_STREAM, 'no_stream'],
        ] as const) {
          const refusal = await refusalOf(append(stream, [noted()], asked));
          expect(refusal).toBeInstanceOf(WrongExpectedVersionError);
          expect(refusal).toMatchObject({
            type: 'wrong-expected-version',
            streamName: stream,
            expectedVersion: told,
            actualVersion: 2n,
          });
        }
      });

      it('refuses to go on with a stream that is missing', async () => {
        const missing = { actualVersion: 'no_stream' };
        expect(await refusalOf(append(fresh(), [noted()], 3n))).toMatchObject({ ...missing, expectedVersion: 3n });
        expect(await refusalOf(append(fresh(), [noted()], STREAM_EXISTS))).toMatchObject({
          ...missing,
          expectedVersion: 'stream_exists',
        });
      });

      it('lets one of many who begin the same stream at once win', async () => {
        const stream = fresh();
        const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => append(stream, [noted()])));
        const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(lost).toHaveLength(19);
        for (const { reason } of lost) expect(reason).toBeInstanceOf(WrongExpectedVersionError);
        expect(await read(stream)).toHaveLength(1);
      });

      it('writes the same ids at the same expected revision once', async () => {
        const stream = fresh();
        const events = notes(2);
        const first = await append(stream, events);
        await append(stream, [noted()], 1n);
        const replayed = await append(stream, events);
        expect(replayed.nextExpectedRevision).toBe(1n);
        expect(replayed.position?.commit).toBe(first.position?.commit);
        expect(await read(stream)).toHaveLength(3);
      });

      it('refuses a replay that brings a new event along', async () => {
        const stream = fresh();
        const events = notes(3);
        await append(stream, events.slice(0, 2));
        await expect(append(stream, events)).rejects.toThrow(WrongExpectedVersionError);
        expect(await read(stream)).toHaveLength(2);
      });

      it('refuses more than a mebibyte at once and keeps nothing of it', async () => {
        const stream = fresh();
        const large = Array.from({ length: 3 }, () => noted({ text: 'y'.repeat(400_000) }));
        const refusal = await refusalOf(append(stream, large));
        expect(refusal).toBeInstanceOf(MaxAppendSizeExceededError);
        expect(refusal).toMatchObject({ maxAppendSize: 1_048_576 });
        await expect(read(stream)).rejects.toThrow(StreamNotFoundError);
      });
    });

    describe('an append that comes twice, or late', () => {
      it('is written once when it comes twice at once: one answers, the other may time out, a repeat answers', async () => {
        const other = EventStoreDBClient.connectionString(node.url);
        const stream = fresh();
        const same = [noted()];
        const outcomes = await Promise.allSettled(
          [client, other].map((each) => each.appendToStream(stream, same, { expectedRevision: NO_STREAM })),
        );
        await other.dispose();
        const [answered] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ type: 'deadline-exceeded' });
        expect(await read(stream)).toHaveLength(1);
        expect(await append(stream, same)).toEqual(answered?.value);
      });

      it('is refused, and not written, when the moment its client gave is over', async () => {
        const stream = fresh();
        const late = client.appendToStream(stream, [noted()], { expectedRevision: NO_STREAM, deadline: -60_000 });
        expect(await refusalOf(late)).toMatchObject({ type: 'deadline-exceeded' });
        await expect(read(stream)).rejects.toThrow(StreamNotFoundError);
      });
    });

    describe('reading', () => {
      it('gives back what was written, where, and when', async () => {
        const stream = fresh();
        const written = noted({ text: 'چای ☕', list: [null, 2, false], deep: { a: 0.25 } });
        const { position } = await append(stream, [written]);
        const [resolved] = await Array.fromAsync(client.readStream(stream));
        expect(resolved?.commitPosition).toBe(position?.commit);
        expect(resolved?.event).toMatchObject({
          streamId: stream,
          id: written.id,
          type: written.type,
          isJson: true,
          data: written.data,
          metadata: written.metadata,
          position,
        });
        expect(Math.abs(Number(resolved?.event?.created) - Date.now())).toBeLessThan(60_000);
      });

      it('goes through a stream in both directions, from a revision, up to a count', async () => {
        const stream = fresh();
        await append(stream, notes(6));
        expect(await numbers(stream, { direction: FORWARDS, fromRevision: START })).toEqual([0, 1, 2, 3, 4, 5]);
        expect(await numbers(stream, { fromRevision: 4n })).toEqual([4, 5]);
        expect(await numbers(stream, { fromRevision: START, maxCount: 3 })).toEqual([0, 1, 2]);
        expect(await numbers(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 2 })).toEqual([5, 4]);
        expect(await numbers(stream, { direction: BACKWARDS, fromRevision: 2n })).toEqual([2, 1, 0]);
        expect(await numbers(stream, { fromRevision: 60n })).toEqual([]);
      });

      it('fails for a stream that is missing', async () => {
        const stream = fresh();
        const refusal = await refusalOf(read(stream));
        expect(refusal).toBeInstanceOf(StreamNotFoundError);
        expect(refusal).toMatchObject({ type: 'stream-not-found', streamName: stream });
      });

      it('puts appends into the log in the order they were answered', async () => {
        const commits: bigint[] = [];
        for (let i = 0; i < 8; i++) commits.push((await append(fresh(), [noted()])).position!.commit);
        expect(commits.every((commit, i) => i === 0 || commit > commits[i - 1]!)).toBe(true);
      });

      it('goes through the log forwards from a position, itself included, and backwards from the end', async () => {
        const [one, two] = [fresh(), fresh()];
        const type = `Type${randomUUID()}`;
        const { position } = await append(one, notes(2, type));
        await append(two, notes(2, type));
        const own = (resolved: AllStreamResolvedEvent[]) =>
          resolved.filter(({ event }) => event?.type === type).map(({ event }) => [event!.streamId, event!.revision]);
        expect((await read(one)).at(-1)?.position).toEqual(position);
        const after = client.readAll({ direction: FORWARDS, fromPosition: position! });
        expect(own(await Array.fromAsync(after))).toEqual([
          [one, 1n],
          [two, 0n],
          [two, 1n],
        ]);
        const back = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 100 });
        expect(own(await Array.fromAsync(back)).slice(0, 2)).toEqual([
          [two, 1n],
          [two, 0n],
        ]);
      });
    });

    describe('positions', () => {
      it('are places between which many numbers are none, and an append answers that of its last event', async () => {
        const stream = fresh();
        const { position } = await append(stream, notes(4));
        const commits = (await read(stream)).map((event) => event.position!.commit);
        for (const [i, commit] of commits.slice(1).entries()) expect(commit - commits[i]!).toBeGreaterThan(50n);
        expect(position).toEqual(place(commits[3]!));
      });

      it('that are none fail a read of the log in either direction, and nothing else', async () => {
        const stream = fresh();
        await append(stream, notes(2));
        const [first, second] = await read(stream);
        const others = [append(fresh(), [noted()]), Array.fromAsync(client.readStream(stream))];
        for (const direction of [FORWARDS, BACKWARDS] as const) {
          for (const wrong of [first!.position!.commit + 1n, second!.position!.commit - 1n]) {
            const reading = client.readAll({ direction, fromPosition: place(wrong), maxCount: 2 });
            expect(await refusalOf(Array.fromAsync(reading))).toMatchObject(UNKNOWN_POSITION);
          }
        }
        await Promise.all(others);
        const reading = client.readAll({ direction: FORWARDS, fromPosition: first!.position!, maxCount: 1 });
        expect((await Array.fromAsync(reading))[0]?.event?.id).toBe(first!.id);
      });

      it('that are none end a subscription, filtered or not', async () => {
        const { position } = await append(fresh(), [noted()]);
        const fromPosition = place(position!.commit - 1n);
        for (const filter of [undefined, streamNameFilter({ prefixes: ['note'] })]) {
          const { errors } = follow(client.subscribeToAll({ fromPosition, ...(filter && { filter }) }));
          await eventually(() => expect(errors).toEqual([expect.objectContaining(UNKNOWN_POSITION)]));
        }
      });

      it('beyond the end give nothing forwards, fail backwards, and let a subscription begin at the end', async () => {
        const { position } = await append(fresh(), [noted()]);
        const fromPosition = place(position!.commit + 10_000_000n);
        const reading = (direction: typeof FORWARDS | typeof BACKWARDS) =>
          Array.fromAsync(client.readAll({ direction, fromPosition, maxCount: 2 }));
        expect(await reading(FORWARDS)).toEqual([]);
        expect(await refusalOf(reading(BACKWARDS))).toMatchObject(UNKNOWN_POSITION);
        const { seen, marks } = follow(client.subscribeToAll({ fromPosition }));
        await eventually(() => expect(marks).toContain('caughtUp'));
        const later = noted();
        await append(fresh(), [later]);
        await eventually(() => expect(seen.map(({ id }) => id)).toContain(later.id));
      });
    });

    describe('following', () => {
      it('delivers what is recorded, says so, and goes on with what comes', async () => {
        const prefix = fresh();
        await append(`${prefix}-1`, notes(3));
        const filter = streamNameFilter({ prefixes: [`${prefix}-`] });
        const { seen, marks } = follow(client.subscribeToAll({ fromPosition: START, filter }));
        await eventually(() => expect(marks).toContain('caughtUp'));
        expect(marks[0]).toBe('confirmation');
        expect(seen.map(({ data }) => numberIn(data))).toEqual([0, 1, 2]);
        await append(fresh(), [noted()]);
        const { position } = await append(`${prefix}-2`, [noted({ n: 7 })]);
        await eventually(() => expect(seen).toHaveLength(4));
        expect(seen[3]).toMatchObject({ data: { n: 7 }, position });
      });

      it('begins after the position it is given', async () => {
        const prefix = fresh();
        await append(`${prefix}-1`, notes(3));
        const [, second] = await read(`${prefix}-1`);
        const filter = streamNameFilter({ prefixes: [prefix] });
        const { seen } = follow(client.subscribeToAll({ fromPosition: second!.position!, filter }));
        await eventually(() => expect(seen).not.toEqual([]));
        expect(numberIn(seen[0]?.data)).toBe(2);
      });

      it('selects by prefixes and by pattern, of streams and of types, each event once and in order', async () => {
        const [one, two, type] = [fresh(), fresh(), `Type${randomUUID()}`];
        const filters = [
          streamNameFilter({ prefixes: [`${one}-`, `${two}-`] }),
          streamNameFilter({ regex: `^${two}-\\d+$` }),
          eventTypeFilter({ prefixes: [type.slice(0, -1)] }),
          eventTypeFilter({ regex: `^${type}$` }),
        ];
        const [both, second, typed, exact] = filters.map((filter) =>
          follow(client.subscribeToAll({ fromPosition: END, filter })),
        );
        await eventually(() => {
          for (const each of [both, second, typed, exact]) expect(each?.marks).toContain('caughtUp');
        });
        for (let n = 0; n < 12; n++) {
          const event = noted({ n }, n % 3 === 0 ? type : 'Other');
          await append(`${n % 2 === 0 ? one : two}-${n}`, [event]);
        }
        const numbersOf = (each: Followed | undefined) => each?.seen.map(({ data }) => numberIn(data));
        await eventually(() => expect(numbersOf(both)).toEqual(Array.from({ length: 12 }, (_, n) => n)));
        await eventually(() => expect(numbersOf(second)).toEqual([1, 3, 5, 7, 9, 11]));
        await eventually(() => expect(numbersOf(typed)).toEqual([0, 3, 6, 9]));
        await eventually(() => expect(numbersOf(exact)).toEqual([0, 3, 6, 9]));
      });

      it('reports how far it has looked although nothing was selected', async () => {
        const checkpoints: bigint[] = [];
        const filter = streamNameFilter({
          prefixes: [fresh()],
          maxSearchWindow: 32,
          checkpointInterval: 1,
          checkpointReached: async (_, { commit }) => {
            checkpoints.push(commit);
          },
        });
        const { seen } = follow(client.subscribeToAll({ fromPosition: START, filter }));
        await append(fresh(), notes(100));
        await eventually(() => expect(checkpoints.length).toBeGreaterThan(1));
        expect(checkpoints.every((commit, i) => i === 0 || commit > checkpoints[i - 1]!)).toBe(true);
        expect(seen).toEqual([]);
      });

      it('follows one stream, before it exists and from a revision', async () => {
        const stream = fresh();
        const early = follow(client.subscribeToStream(stream, { fromRevision: START }));
        await append(stream, notes(3));
        await eventually(() => expect(early.seen).toHaveLength(3));
        const late = follow(client.subscribeToStream(stream, { fromRevision: 0n }));
        await eventually(() => expect(late.seen.map(({ revision }) => revision)).toEqual([1n, 2n]));
      });

      it('waits for a reader in a loop and keeps the order', async () => {
        const stream = fresh();
        await append(stream, notes(10));
        const seen: number[] = [];
        const subscription = client.subscribeToStream(stream, { fromRevision: START });
        for await (const { event } of subscription) {
          await new Promise(setImmediate);
          seen.push(numberIn(event?.data));
          if (seen.length === 10) break;
        }
        expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      });

      it('loses nothing for a reader that falls behind and subscribes again from where it was', async () => {
        const prefix = fresh();
        const filter = streamNameFilter({ prefixes: [prefix] });
        const seen: number[] = [];
        let fromPosition: typeof END | { commit: bigint; prepare: bigint } = END;
        const live = Promise.withResolvers<void>();
        const readOn = async (): Promise<void> => {
          const subscription = client.subscribeToAll({ fromPosition, filter });
          subscription.on('caughtUp', () => live.resolve());
          for await (const { event } of subscription) {
            seen.push(numberIn(event?.data));
            fromPosition = event!.position;
            if (seen.length % 40 === 0) await new Promise((resolve) => setTimeout(resolve, 15));
            if (seen.length === 1500) return;
          }
        };
        const reading = (async () => {
          while (seen.length < 1500) await readOn().catch(() => undefined);
        })();
        await live.promise;
        for (let i = 0; i < 1500; i += 100) {
          await append(
            `${prefix}-${i}`,
            Array.from({ length: 100 }, (_, k) => noted({ n: i + k })),
          );
        }
        await reading;
        expect(seen).toEqual(Array.from({ length: 1500 }, (_, n) => n));
      });
    });

    describe('the end of a stream', () => {
      it('hides what is truncated from those who read the stream', async () => {
        const stream = fresh();
        await append(stream, notes(5));
        await client.setStreamMetadata(stream, { truncateBefore: 2 });
        expect(await numbers(stream)).toEqual([2, 3, 4]);
      });

      it('lets a deleted stream begin again, its revisions going on', async () => {
        const stream = fresh();
        await append(stream, notes(2));
        await client.deleteStream(stream);
        await expect(read(stream)).rejects.toThrow(StreamNotFoundError);
        expect(await append(stream, [noted({ n: 9 })])).toMatchObject({ nextExpectedRevision: 2n });
        expect(await numbers(stream)).toEqual([9]);
      });

      it('hides what is beyond a count from those who read the stream, and from nobody who reads the log', async () => {
        const stream = fresh();
        await append(stream, notes(4));
        await client.setStreamMetadata(stream, { maxCount: 1 });
        expect(await numbers(stream)).toEqual([3]);
        expect((await last(20)).filter(({ streamId }) => streamId === stream)).toHaveLength(4);
      });

      it('stands in the log as events of the node, as metadata do', async () => {
        const stream = fresh();
        const event = noted();
        await append(stream, [{ ...event, id: event.id.toUpperCase() }]);
        expect((await read(stream))[0]?.id).toBe(event.id);
        await client.setStreamMetadata(stream, { maxCount: 5 });
        await client.tombstoneStream(stream);
        const log = await last(20);
        expect(log).toContainEqual(
          expect.objectContaining({ streamId: `$$${stream}`, type: '$metadata', isJson: true }),
        );
        expect(log).toContainEqual(
          expect.objectContaining({ streamId: stream, type: '$streamDeleted', isJson: false }),
        );
      });

      it('never takes or gives anything of a tombstoned stream again', async () => {
        const stream = fresh();
        await append(stream, [noted()]);
        await client.tombstoneStream(stream);
        await expect(read(stream)).rejects.toThrow(StreamDeletedError);
        await expect(append(stream, [noted()], ANY)).rejects.toThrow(StreamDeletedError);
      });
    });
  });
}

type Noted = ReturnType<typeof noted>;
type Subscription = AllStreamSubscription | StreamSubscription;
type Seen = NonNullable<AllStreamResolvedEvent['event']>;

interface Followed {
  readonly seen: Seen[];
  readonly marks: string[];
  readonly errors: unknown[];
  stop(): Promise<void>;
}

/** A name no other case, run or process has used. */
const fresh = (): string => `note${randomUUID().replaceAll('-', '')}`;

const noted = (data: JSONType = { n: 0 }, type = 'Noted') =>
  jsonEvent({ id: randomUUID(), type, data, metadata: { by: 'ada' } });

const notes = (count: number, type?: string): Noted[] => Array.from({ length: count }, (_, n) => noted({ n }, type));

const place = (position: bigint) => ({ commit: position, prepare: position });

/** What becomes of a call that names a number between two events: an answer, not an outage. */
const UNKNOWN_POSITION = { type: 'unknown', message: expect.stringContaining('UNKNOWN') };

const numberIn = (data: unknown): number => (data as { n: number }).n;

const refusalOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'no refusal',
    (error: unknown) => error,
  );

function followFrom(subscription: Subscription): Followed {
  const seen: Seen[] = [];
  const marks: string[] = [];
  const errors: unknown[] = [];
  const listening = subscription as AllStreamSubscription;
  listening.on('data', ({ event }) => {
    if (event) seen.push(event);
  });
  listening.on('confirmation', () => marks.push('confirmation'));
  listening.on('caughtUp', () => marks.push('caughtUp'));
  listening.on('error', (error) => errors.push(error));
  return { seen, marks, errors, stop: () => subscription.unsubscribe() };
}

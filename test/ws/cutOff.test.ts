// A socket that is closed says where to go on: exactly behind the last frame it was given, wherever it was cut off.

import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub, type Hub, type Subscriber } from '../../src/ws/hub.ts';
import type { Protocol, Sink } from '../../src/ws/protocol.ts';
import { meta } from '../support/core.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';

let program: Program;
let ann: Person;
let ben: Person;
/** Positions of the log at which what everybody is told begins and ends. */
let start: number;
let end: number;
/** All that is told, read once: every run reads it many times over. */
let told: readonly Recorded[];

/** The native words without those of every third message. */
const terse: Protocol = {
  name: 'terse',
  frames: {
    ...native.frames,
    MessageSent: (event, context) =>
      event.data.number % 3 === 0 ? undefined : native.frames.MessageSent!(event, context),
  },
};

beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
  const json = { name: 'team', memberIds: [ben.id] };
  const teams = await Promise.all(
    ['one', 'two'].map(async () => (await program.call('POST', '/v1/groups', { token: ann.token, json })).json.id),
  );
  const { core, events } = program.services;
  start = await events.head();
  // What is said at once lies side by side in the log.
  for (let i = 0; i < 12; i++) {
    const conversationId = teams[i % 2]!;
    const said = Array.from({ length: 1 + (i % 5) }, (_, n) => ({
      conversationId,
      text: `${i}.${n} ${'x'.repeat(40 * n)}`,
    }));
    await Promise.all(said.map((wish) => sendMessage(core, meta(ann.id), wish)));
    if (i % 4 === 0)
      await program.call('PATCH', `/v1/conversations/${conversationId}`, {
        token: ann.token,
        json: { name: `team ${i}` },
      });
  }
  end = await events.head();
  told = await events.readLog(start);
});

afterAll(() => program.close());

/** A hub over the program's log that has told everything up to `from`, and is fed from there as `feed` says. */
const hubFrom = (from: number, feed: (after: number) => AsyncIterable<number>): Hub => {
  const { events } = program.services;
  const pageAfter = (after: number, limit = 1000) => told.filter(({ position }) => position > after).slice(0, limit);
  return createHub({
    ...program.services,
    startHead: from,
    events: {
      head: async () => end,
      readLog: async (after: number, limit?: number) => pageAfter(after, limit),
      follow: async function* (after: number) {
        for await (const size of feed(after)) {
          const batch = pageAfter(after, size);
          after = batch.at(-1)?.position ?? after;
          yield batch;
        }
      },
    } as unknown as typeof events,
  });
};

/** Takes as many bytes as it has room for, and the frame that goes beyond; then it ends, as a socket does. */
class NarrowSink implements Sink {
  readonly #kept = keptSink();
  readonly #room: number;
  #waiting = 0;
  #place: { readonly hub: Hub; readonly subscriber: Subscriber } | undefined;
  hasEnded: boolean = false;
  resume: number | undefined;

  constructor(room: number) {
    this.#room = room;
  }

  get frames() {
    return this.#kept.frames;
  }

  get isFull(): boolean {
    return this.#waiting > this.#room / 2;
  }

  of(hub: Hub, subscriber: Subscriber): void {
    this.#place = { hub, subscriber };
  }

  write(frame: Buffer): void {
    if (this.hasEnded) return;
    this.#kept.write(frame);
    this.#waiting += frame.length;
    if (this.#waiting > this.#room) this.end();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { hub, subscriber } = this.#place!;
    this.resume = hub.resumeAt(subscriber);
    hub.remove(subscriber);
  }

  async drained(): Promise<void> {
    this.#waiting = 0;
  }

  cork(): void {}
  uncork(): void {}
}

const positions = ({ frames }: { frames: readonly { position: number }[] }) => frames.map(({ position }) => position);

/** Everything told, to somebody whom nothing cuts off. */
const toldToAll = async (protocol: Protocol): Promise<readonly number[]> => {
  const hub = hubFrom(end, async function* () {});
  const sink = keptSink();
  const identity = (await program.services.authenticator.byAccessToken(ben.token))!;
  const subscriber = await hub.add({ who: { identity }, protocol, sink, byMembership: true });
  await hub.resume(subscriber, start, () => undefined);
  hub.remove(subscriber);
  return positions(sink);
};

test('wherever a subscriber is cut off, what it was told and what follows its place are everything, once', async () => {
  const cut = fc.record({
    protocol: fc.constantFrom(native, terse),
    /** Where it begins, as a share of all there is; before and behind what the hub has told at first. */
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    room: fc.integer({ min: 100, max: 6000 }),
  });
  const beat = fc.record({
    size: fc.integer({ min: 1, max: 12 }),
    drains: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    ends: fc.option(fc.nat({ max: 5 }), { freq: 6 }),
  });
  const scenario = fc.record({
    toldAtFirst: fc.double({ min: 0, max: 1, noNaN: true }),
    cuts: fc.array(cut, { minLength: 1, maxLength: 6 }),
    beats: fc.array(beat, { minLength: 4, maxLength: 10 }),
  });
  const places = [start, ...told.map(({ position }) => position)];
  const at = (share: number) => places[Math.round(share * (places.length - 1))]!;
  const all = new Map<Protocol, readonly number[]>();
  for (const protocol of [native, terse]) all.set(protocol, await toldToAll(protocol));
  const identity = (await program.services.authenticator.byAccessToken(ben.token))!;
  let cutOff = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ toldAtFirst, cuts, beats }) => {
      const sinks = cuts.map(({ room }) => new NarrowSink(room));
      const hub = hubFrom(at(toldAtFirst), async function* () {
        for (const { size, drains, ends } of beats) {
          for (const [i, sink] of sinks.entries()) if (drains[i]) void sink.drained();
          if (ends !== null) sinks[ends]?.end();
          yield size;
        }
        yield 1000;
      });
      const resuming: Promise<void>[] = [];
      for (const [i, { protocol, from }] of cuts.entries()) {
        const sink = sinks[i]!;
        const subscriber = await hub.add({ who: { identity }, protocol, sink, byMembership: true });
        sink.of(hub, subscriber);
        resuming.push(hub.resume(subscriber, at(from), () => undefined));
      }
      await Promise.all([hub.run(new AbortController().signal), ...resuming]);
      for (const [i, { protocol, from }] of cuts.entries()) {
        const sink = sinks[i]!;
        if (sink.hasEnded) cutOff++;
        const whole = all.get(protocol)!;
        // What a history that nobody cuts off has behind a place: resume.test.ts.
        const rest = sink.hasEnded ? whole.filter((position) => position > sink.resume!) : [];
        expect([...positions(sink), ...rest]).toEqual(whole.filter((position) => position > at(from)));
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
  expect(cutOff).toBeGreaterThan(5);
}, 90_000);

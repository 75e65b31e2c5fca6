// Tampering with a log: whatever is changed, dropped, added, moved or cut before a seal is found, at the right place.

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { chain, hashIn, NO_HASH } from '../../src/history/chain.ts';
import type { End, Ends, Fault } from '../../src/history/eventCheck.ts';
import { type Claim, createLogCheck } from '../../src/history/logCheck.ts';
import { createTree, type Hash, leafOf } from '../../src/history/merkle.ts';
import { createSpilledMap } from '../../src/store/embedded/spilledMap.ts';
import type { NewEvent, Recorded } from '../../src/store/ports.ts';

const EVENTS = 320;
const SEALED = [60, 140, 300] as const;

/** Recorded one after the other in a few streams, as a server does. */
const recordedBy = (events: readonly (NewEvent & { readonly stream: string })[]): Recorded[] => {
  const ends = new Map<string, { revision: number; hash: string }>();
  return events.map((event, i) => {
    const { revision, hash } = ends.get(event.stream) ?? { revision: -1, hash: NO_HASH };
    const next = { ...event, revision: revision + 1, position: i + 1 };
    const [meta, own] = chain(hash, next);
    ends.set(event.stream, { revision: revision + 1, hash: own });
    return { ...next, meta };
  });
};

const wish = (i: number) => ({
  id: randomUUID(),
  stream: `messages-${(i * 7) % 5}`,
  type: 'MessageSent',
  data: `{"number":${i},"secret":"abc"}`,
  meta: '{"v":1,"at":"2026-01-31T12:00:00.000Z"}',
});

const leafIn = ({ meta }: Recorded): Hash => leafOf(Buffer.from(hashIn(meta)!, 'base64url'));

const claimsOf = (events: readonly Recorded[], sizes: readonly number[]): Claim[] => {
  const tree = createTree();
  let tiles = new Map<number, Hash>();
  return events.flatMap((event, i) => {
    for (const { index, root } of tree.add(leafIn(event))) tiles.set(index, root);
    if (!sizes.includes(i + 1)) return [];
    const claim = { size: i + 1, root: tree.root(), name: `the seal of ${i + 1}`, upTo: event.position, tiles };
    tiles = new Map();
    return [claim];
  });
};

let log: Recorded[];
let claims: Claim[];
beforeAll(() => {
  log = recordedBy(Array.from({ length: EVENTS }, (_, i) => wish(i)));
  claims = claimsOf(log, SEALED);
});

const check = async (
  events: readonly Recorded[],
  said: readonly Claim[] = claims,
  ends: Ends = new Map<string, End>(),
) => {
  const checked = createLogCheck({
    claims: (async function* () {
      yield* said;
    })(),
    ends,
  });
  const fault = (await checked.take(events)) ?? (await checked.end());
  return { fault, seals: checked.seals };
};

/** A log whose hashes were all computed again: the chains hold. */
const rechained = (events: readonly Recorded[]): Recorded[] =>
  recordedBy(events.map((event) => ({ ...event, meta: plain(event) })));
const plain = ({ meta }: Recorded): string => `${meta.slice(0, meta.indexOf(',"hash"'))}}`;

const covers = (fault: Fault | undefined, position: number): void => {
  expect(fault).toBeDefined();
  expect(fault!.from).toBeLessThanOrEqual(position);
  expect(fault!.to).toBeGreaterThanOrEqual(position);
};

test('a log that nobody touched fits its seals, also when more streams have events than memory holds', async () => {
  expect(await check(log)).toEqual({ fault: undefined, seals: SEALED.length });
  expect(await check(log, claims, createSpilledMap(2))).toEqual({ fault: undefined, seals: SEALED.length });
});

const place = fc.nat(SEALED.at(-1)! - 1);

describe('somebody', () => {
  test('flips a bit: found at that very event', async () => {
    const texts = ['id', 'type', 'stream', 'data', 'meta'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(SEALED[0] - 1),
        fc.constantFrom(...texts),
        fc.nat(),
        fc.nat(6),
        async (i, field, where, bit) => {
          const text = log[i]![field];
          const byte = where % text.length;
          const changed = String.fromCharCode(text.charCodeAt(byte) ^ (1 << bit));
          const event = { ...log[i]!, [field]: text.slice(0, byte) + changed + text.slice(byte + 1) };
          const { fault } = await check(log.slice(0, SEALED[0]).with(i, event), claims.slice(0, 1));
          // An event in a stream that it was not recorded in: that one lacks what precedes it.
          if (field === 'stream') covers(fault, i + 1);
          else expect([fault?.from, fault?.to]).toEqual([i + 1, i + 1]);
        },
      ),
      { numRuns: 700 },
    );
  });

  test('moves the end of the data: found at that very event', async () => {
    const { data, meta } = log[20]!;
    const all = `${data},${meta}`;
    const commas = [...all.matchAll(/,/g)].map(({ index }) => index).filter((at) => at !== data.length);
    for (const at of commas) {
      const event = { ...log[20]!, data: all.slice(0, at), meta: all.slice(at + 1) };
      const { fault } = await check(log.with(20, event));
      expect([at, fault?.from, fault?.to]).toEqual([at, 21, 21]);
    }
  });

  const tampered: Readonly<Record<string, (events: Recorded[], i: number) => Recorded[]>> = {
    'drops an event': (events, i) => events.toSpliced(i, 1),
    'drops an event and mends the chains': (events, i) => rechained(events.toSpliced(i, 1)),
    'adds an event and mends the chains': (events, i) =>
      rechained(events.toSpliced(i, 0, { ...events[i]!, id: randomUUID() })),
    'changes an event and mends the chains': (events, i) => rechained(events.with(i, { ...events[i]!, data: '{}' })),
    'cuts the log before its last seal': (events, i) => events.slice(0, i),
  };
  test.each(Object.entries(tampered))('%s: found, and not behind the place', async (_, tamper) => {
    await fc.assert(
      fc.asyncProperty(place, async (i) => {
        const { fault } = await check(tamper(log, i));
        expect(fault).toBeDefined();
        expect(fault!.from).toBeLessThanOrEqual(i + 1);
        // The next event of its stream, or the seal that covers it, tells.
        expect(fault!.to).toBeGreaterThanOrEqual(Math.min(i, EVENTS - 1));
      }),
      { numRuns: 60 },
    );
  });

  test('swaps two events: found at the first of them, or between that and the seal, if the chains still hold', async () => {
    await fc.assert(
      fc.asyncProperty(place, place, fc.boolean(), async (one, other, mends) => {
        fc.pre(one !== other);
        const [a, b] = [log[one]!, log[other]!];
        const swapped = log.with(one, { ...b, position: a.position }).with(other, { ...a, position: b.position });
        const { fault } = await check(mends ? rechained(swapped) : swapped);
        covers(fault, Math.min(one, other) + 1);
      }),
      { numRuns: 120 },
    );
  });

  test('puts an older copy back: found by the seal that was kept elsewhere, even if the old copy fits its own', async () => {
    const older = log.slice(0, 200);
    const kept = { ...claims.at(-1)!, tiles: new Map(), upTo: undefined };
    const { fault, seals } = await check(older, [...claims.slice(0, 2), kept]);
    expect(seals).toBe(2);
    expect(fault).toMatchObject({ from: 141, what: expect.stringContaining('the log ends after 200 events') });
  });
});

test('a change is narrowed down to the tile that has it', async () => {
  const { fault } = await check(rechained(log.with(200, { ...log[200]!, data: '{}' })));
  expect(fault).toMatchObject({ from: 141, to: 256 });
});

describe('what no hash covers', () => {
  const moved = (by: (position: number) => number) => log.map((event) => ({ ...event, position: by(event.position) }));

  test('positions that keep the order: found where a seal ends, and before that nothing depends on them', async () => {
    // Between two seals, there are gaps in every log of a server that others use too.
    const between = moved((position) => (position > 70 && position < 140 ? position - 0.5 : position));
    expect(await check(between)).toEqual({ fault: undefined, seals: SEALED.length });
    const { fault } = await check(moved((position) => (position > 70 ? position + 3 : position)));
    expect(fault).toMatchObject({ from: 61, to: 143, what: expect.stringContaining('another position than 140') });
  });

  test('positions that change the order: found', async () => {
    const last = log.findLast(({ stream }) => stream !== log[0]!.stream)!;
    const first = moved((position) => (position === last.position ? 0.5 : position)).toSorted(
      (one, other) => one.position - other.position,
    );
    expect((await check(first)).fault).toBeDefined();
  });

  const ids = [randomUUID(), randomUUID()];
  const copiedFrom = (events: readonly Recorded[], places: (i: number) => readonly (readonly [string, number])[]) =>
    events.map((event, i) => ({ ...event, meta: `${event.meta.slice(0, -1)},"copied":${JSON.stringify(places(i))}}` }));
  const places = (i: number) => [[ids[0]!, i * 2 + 10] as const, [ids[1]!, i + 1] as const];

  test('places in earlier logs change no hash and no seal; those that do not rise are found', async () => {
    expect(await check(copiedFrom(log, places))).toEqual({ fault: undefined, seals: SEALED.length });
    for (const wrong of [1, 2 * 100 + 8, 2 * 100 + 12, 10_000]) {
      const altered = copiedFrom(log, (i) => places(i).with(0, i === 100 ? [ids[0]!, wrong] : places(i)[0]!));
      const { fault } = await check(altered);
      // A place too far on is told by the event behind it.
      expect(fault).toMatchObject({
        from: wrong < 2 * 100 + 10 ? 101 : 102,
        what: expect.stringContaining('earlier log'),
      });
    }
  });
});

// Work in the background: a store that is away is a trouble as long as it is away, and no longer.

import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetErased, keepRunning, outdate } from '../src/background.ts';
import { createChecking } from '../src/checking.ts';
import { createHistory } from '../src/history/history.ts';
import { createMetrics } from '../src/metrics.ts';
import { keepSealing } from '../src/sealing.ts';
import { type EventStore, type History, Unavailable } from '../src/store/ports.ts';
import { openCore, type TestCore } from './support/core.ts';
import { instead } from './support/instead.ts';

const log = pino({ level: 'silent' });
let program: TestCore;
let troubles: Map<string, string>;
let over: AbortController;
beforeAll(async () => {
  program = await openCore();
  await program.person('ann');
});
afterAll(() => program.dispose());
beforeEach(() => {
  [troubles, over] = [new Map(), new AbortController()];
});

const run = (work: (onGoing: () => void) => Promise<void>): Promise<void> =>
  keepRunning({ name: 'watch', work }, over.signal, log, troubles);
const away = new Unavailable('events', new Error('it is away'));

/** The log, which is away when somebody begins to follow it for the first time. */
const awayAtFirst = (events: EventStore) => {
  const seen = { followers: 0, troubles: 0 };
  const store = instead(events, {
    follow: (position, signal) => {
      seen.followers++;
      if (seen.followers === 1) throw away;
      seen.troubles = troubles.size;
      return events.follow(position, signal);
    },
  });
  return { store, seen };
};

test.each<[string, typeof forgetErased]>([
  ['erasures', forgetErased],
  ["other processes' events", outdate],
])('a watch on %s is no trouble once the log is back, though nothing more is recorded', async (_, watchOn) => {
  const { events } = program.stores;
  const { store, seen } = awayAtFirst(events.recorded);
  const watch = watchOn(instead(events, { recorded: store }), program.core.ledger, await events.head());
  const running = run((onGoing) => watch(over.signal, onGoing));
  await expect.poll(() => seen.followers).toBe(2);
  expect([seen.troubles, troubles.size]).toEqual([0, 0]);
  over.abort();
  await running;
});

test('a watch that a store kept from its work goes on where it was', async () => {
  const { events } = program.stores;
  const all = await events.recorded.readLog(0);
  let breaks = 1;
  const recorded = instead(events.recorded, {
    follow: async function* (position) {
      yield all.filter((event) => event.position > position).slice(0, 1);
      if (breaks-- > 0) throw away;
      yield all.filter((event) => event.position > position + 1);
    },
  });
  const seen: string[] = [];
  const ledger = { outdate: (stream: string, revision: number) => void seen.push(`${stream} ${revision}`) };
  const watch = outdate({ recorded }, ledger, 0);
  await run((onGoing) => watch(over.signal, onGoing));
  expect(seen).toEqual(all.map(({ stream, revision }) => `${stream} ${revision}`));
});

test('what other processes record outdates what is remembered of it, also while the keys are away', async () => {
  const { events, keys } = program.stores;
  const noKeys = instead(keys, { get: () => Promise.reject(new Unavailable('keys')) });
  const history: History = createHistory(events.recorded, noKeys, () => performance.now());
  const head = await events.head();
  const seen: string[] = [];
  const watch = outdate(
    history,
    {
      outdate: (stream, revision) => {
        seen.push(`${stream} ${revision}`);
        if (seen.length === head) over.abort();
      },
    },
    0,
  );
  await watch(over.signal, () => undefined);
  expect(seen).toHaveLength(head);
});

/** Nobody keeps seals elsewhere. */
const outlets = { retry: async () => undefined, send: async () => undefined };

test('a seal that is late for a store that was away is made as soon as that is back', async () => {
  let tries = 0;
  const did: string[] = [];
  const events = {
    readStream: async () => {
      if (++tries === 1) throw away;
      return [];
    },
  };
  const sealing = {
    sealLog: async () => {
      did.push('sealed');
      over.abort();
      return undefined as never;
    },
    outlets,
    every: 3_600_000,
    now: () => new Date(),
  };
  await run(keepSealing({ events, lease: { isHeld: true } } as never, sealing, over.signal));
  expect(did).toEqual(['sealed']);
});

test('where no seal is due, that a store was away is no trouble once it is back', async () => {
  const { events } = program.stores;
  await program.core.sealLog({ actorId: null, correlationId: 'seal' });
  let tries = 0;
  const awayOnce = instead(events, {
    readStream: async (stream, range) => {
      if (++tries === 1) throw away;
      return events.readStream(stream, range);
    },
  });
  const sealing = { sealLog: program.core.sealLog, outlets, every: 3_600_000 };
  const lease = program.stores.lease;
  const running = run(keepSealing({ events: awayOnce, lease }, { ...sealing, now: () => new Date() }, over.signal));
  await expect.poll(() => tries).toBeGreaterThan(1);
  await expect.poll(() => troubles.size).toBe(0);
  over.abort();
  await running;
});

test('a check of the views that meets an outage is no trouble of its own, and comes again', async () => {
  const { stores } = program;
  await program.settled();
  let asked = 0;
  const progress = instead(program.progress, { ready: async () => ++asked > 1 });
  const reported = Promise.withResolvers<number>();
  const onReport = () => reported.resolve(troubles.size);
  const checking = createChecking(stores, progress, { percent: 100, log, every: 1, onReport });
  const running = run(() => checking.run(over.signal));
  expect(await reported.promise).toBe(0);
  over.abort();
  await running;
});

test('what a check found is told until another process checks: that one knows what was mended', async () => {
  const { events, views, lease } = program.stores;
  await program.settled();
  const empty = instead(views, { scan: async () => ({ docs: [], more: false, position: await events.head() }) });
  const held = { ...lease, isHeld: true };
  const { checked, registry } = createMetrics({ sockets: () => 0, lag: async () => 0 }, () => new Date());
  const stores = { events, views: empty, lease: held };
  const checking = createChecking(stores, program.progress, { percent: 100, log, every: 1, onReport: checked });
  const running = run(() => checking.run(over.signal));
  await expect.poll(checking.warnings).toHaveLength(1);
  const differences = () => registry.getSingleMetricAsString('verbatim_view_differences');
  expect(await differences()).not.toMatch(/ 0$/);
  held.isHeld = false;
  await expect.poll(checking.warnings).toEqual([]);
  expect(await differences()).toMatch(/ 0$/);
  over.abort();
  await running;
});

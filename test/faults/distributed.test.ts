// Two processes on EventStoreDB and MongoDB under load, while everything around them fails at random: stores go away, answer
// late or not at all, the database steps down, processes are killed and paused. Clients move between the processes, ask
// both at once under one key, and listen from any position. FAULTS_ROUNDS says how often something fails.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Recorded } from '../../src/store/ports.ts';
import { createChecker } from '../support/checker.ts';
import { describeOnSite, type Process, type Site, until } from '../support/distributed.ts';
import { faultRun } from '../support/faultRun.ts';
import { startLoad } from '../support/load.ts';
import { refusal, startAnsweringProxy } from '../support/mongoDb/answeringProxy.ts';

const wholeLog = async ({ events }: Site): Promise<readonly Recorded[]> => {
  const all: Recorded[] = [];
  for (;;) {
    const page = await events.readLog(all.at(-1)?.position ?? 0);
    if (page.length === 0) return all;
    all.push(...page);
  }
};

const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'create', 'createIndexes', 'drop'];
/** Writes refused one after the other until who projects has given up and lost the lease. */
const LONG = 20;
const STEPPED_DOWN = refusal(10107, 'NotWritablePrimary', 'not primary', { errorLabels: ['RetryableWriteError'] });

await describeOnSite('stores and processes that come and go under load', { faults: true, mongo: true }, (site) => {
  test('what was acknowledged is there once and in order, everybody heard all of it, and the views are right', async () => {
    const run = faultRun('distributed', 30);
    const proxy = await startAnsweringProxy(site.settings.MONGODB_URL!);
    let refusedWrites = 0;
    /** From now on MongoDB refuses writes, as a server that is no longer the primary. Resolves when it has refused so many. */
    const stepDown = (refusals: number): Promise<void> =>
      new Promise((resolve) => {
        const wanted = refusedWrites + refusals;
        proxy.answers = (command) => {
          if (!WRITES.some((name) => name in command)) return undefined;
          refusedWrites += 1;
          if (refusedWrites >= wanted) resolve();
          return STEPPED_DOWN;
        };
      });
    const stepUp = (): void => {
      proxy.answers = () => undefined;
    };
    const start = (): Promise<Process> => site.start({ MONGODB_URL: proxy.url });
    const processes: Process[] = [await start(), await start()];
    const checker = createChecker();
    const target = { url: processes[0]!.url };
    const second = { url: processes[1]!.url };
    const people = { writers: 4, socketWriters: 2, doublers: 2, hasty: 2, listeners: 3 };
    const load = await startLoad({ target, second, checker, ...people });
    const played: Record<string, number> = {};

    const withoutEventStore = async (): Promise<void> => {
      await site.node.goAway();
      await load.fails(4);
      await site.node.comeBack();
    };
    const withoutViews = async (leave: () => unknown, comeBack: () => unknown): Promise<void> => {
      await leave();
      // Sends go on without the views, and are answered before these have them.
      await load.acknowledges(4);
      await comeBack();
    };
    const faults: Record<string, () => Promise<void>> = {
      'no event store': withoutEventStore,
      'slow event store': async () => {
        site.node.delayAnswers(run.between(100, 3000));
        await load.acknowledges(2);
        site.node.delayAnswers(0);
      },
      'answers of the event store lost': async () => {
        site.node.loseReplies(run.between(1, 4));
        await load.acknowledges(4);
      },
      'followers dropped': async () => {
        site.node.dropReaders();
        await load.acknowledges(4);
      },
      'MongoDB killed': () =>
        withoutViews(
          () => site.mongo.kill(),
          () => site.mongo.restart(),
        ),
      'MongoDB paused': () =>
        withoutViews(
          () => site.mongo.pause(),
          () => site.mongo.resume(),
        ),
      'MongoDB steps down': () => withoutViews(() => stepDown(run.between(1, LONG)), stepUp),
      'connections to MongoDB cut': async () => {
        proxy.cut();
        await load.acknowledges(4);
      },
      'both stores away': () =>
        withoutViews(
          () => stepDown(1),
          async () => {
            await withoutEventStore();
            stepUp();
          },
        ),
      'a process killed': async () => {
        const [gone, stays] = run.pick([processes, processes.toReversed()]);
        target.url = stays!.url;
        second.url = stays!.url;
        await gone!.kill();
        await load.acknowledges(4);
        const began = performance.now();
        const started = await start();
        checker.restarted(performance.now() - began);
        processes[processes.indexOf(gone!)] = started;
      },
      'a process paused': async () => {
        const paused = run.pick(processes);
        paused.pause();
        // Longer and shorter than the lease on projecting.
        await delay(run.between(100, 8000));
        paused.resume();
        await load.acknowledges(4);
      },
    };
    try {
      for (let round = 0; round < run.rounds; round++) {
        [target.url, second.url] = run.pick([processes, processes.toReversed()]).map(({ url }) => url) as [
          string,
          string,
        ];
        await load.acknowledges(run.between(1, 20));
        if (round % 5 === 0) {
          const page = await site.events.readLog(0);
          load.listenFrom(run.pick([0, ...page.map(({ position }) => position)]));
        }
        const name = run.pick(Object.keys(faults));
        played[name] = (played[name] ?? 0) + 1;
        await faults[name]!();
      }
      await load.acknowledges(10);
      await load.stopWriting();
      const log = await wholeLog(site);
      await load.heard(log);
      await load.stopListening();
      const findings = checker.compare(log);
      run.report({ ...findings, played, refusedWrites });
      expect(findings.examples).toEqual([]);
      await until('the views have everything', () => site.settled().then(() => true));
      await site.isLikeRebuilt();
    } finally {
      await proxy.close();
    }
  });
});

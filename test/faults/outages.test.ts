// EventStoreDB and MongoDB come and go under load, and clients move between two processes, one of which is killed now
// and then. FAULTS_ROUNDS says how often.

import { expect, test } from 'vitest';
import type { Recorded } from '../../src/store/ports.ts';
import { createChecker } from '../support/checker.ts';
import { describeOnSite, type Process, type Site, until } from '../support/distributed.ts';
import { faultRun } from '../support/faultRun.ts';
import { startLoad } from '../support/load.ts';

const wholeLog = async ({ events }: Site): Promise<readonly Recorded[]> => {
  const all: Recorded[] = [];
  for (;;) {
    const page = await events.readLog(all.at(-1)?.position ?? 0);
    if (page.length === 0) return all;
    all.push(...page);
  }
};

await describeOnSite('stores that come and go under load', { faults: true, mongo: true }, (site) => {
  test('what was acknowledged is there once and in order, everybody heard all of it, and the views are right', async () => {
    const run = faultRun('outages', 20);
    const processes: Process[] = [await site.start(), await site.start()];
    const checker = createChecker();
    const target = { url: processes[0]!.url };
    const load = await startLoad({ target, checker, writers: 4, socketWriters: 2, hasty: 2, listeners: 3 });
    const played: Record<string, number> = {};

    const faults = {
      'no event store': async () => {
        await site.node.goAway();
        await load.fails(4);
        await site.node.comeBack();
      },
      'MongoDB killed': async () => {
        await site.mongo.kill();
        // Sends go on without the views, and are answered before these have them.
        await load.acknowledges(4);
        await site.mongo.restart();
      },
      'MongoDB paused': async () => {
        site.mongo.pause();
        await load.acknowledges(4);
        site.mongo.resume();
      },
      'a process killed': async () => {
        const [gone, stays] = run.pick([processes, processes.toReversed()]);
        target.url = stays!.url;
        await gone!.kill();
        await load.acknowledges(4);
        const began = performance.now();
        const started = await site.start();
        checker.restarted(performance.now() - began);
        processes[processes.indexOf(gone!)] = started;
      },
    };
    for (let round = 0; round < run.rounds; round++) {
      target.url = run.pick(processes).url;
      await load.acknowledges(run.between(1, 20));
      const name = run.pick(Object.keys(faults) as (keyof typeof faults)[]);
      played[name] = (played[name] ?? 0) + 1;
      await faults[name]();
    }
    await load.acknowledges(10);
    await load.stopWriting();
    const log = await wholeLog(site);
    await load.heard(log);
    await load.stopListening();
    const findings = checker.compare(log);
    run.report({ ...findings, played });
    expect(findings.examples).toEqual([]);
    await until('the views have everything', () => site.settled().then(() => true));
    const live = await site.viewsDump();
    await site.rebuild();
    expect(await site.viewsDump()).toEqual(live);
  });
});

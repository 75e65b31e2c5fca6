// kill -9 at any moment under load, and again: the short run of the suite and the long one share it.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createChecker, type Findings } from './checker.ts';
import { temporaryDirectory } from './cli.ts';
import { embeddedSite } from './embeddedSite.ts';
import type { FaultRun } from './faultRun.ts';
import { startLoad } from './load.ts';
import { survived } from './survived.ts';

/** Each round ends with a kill, some tens or hundreds of milliseconds after the round before. */
export const killedUnderLoad = async (run: FaultRun): Promise<Findings> => {
  const home = await temporaryDirectory();
  const site = embeddedSite(join(home.path, 'data'));
  try {
    await site.start();
    const checker = createChecker();
    const target = { url: site.url };
    const load = await startLoad({
      target,
      checker,
      writers: 4,
      socketWriters: 3,
      hasty: 2,
      uploaders: 1,
      listeners: 3,
    });
    for (let round = 0; round < run.rounds; round++) {
      await load.acknowledges(1);
      await pause(run.between(0, 400));
      await site.kill();
      checker.restarted(await site.start());
      target.url = site.url;
    }
    await load.acknowledges(10);
    return await survived(site, load, checker);
  } finally {
    await site.kill();
    await home.remove();
  }
};

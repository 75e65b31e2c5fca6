// One sync fails, the first, the second, and so on: nothing is acknowledged after it, the process ends and says why, and
// the next start has everything that was acknowledged.

import { join } from 'node:path';
import { expect } from 'vitest';
import { createChecker } from '../support/checker.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { type EmbeddedSite, embeddedSite } from '../support/embeddedSite.ts';
import { faultRun } from '../support/faultRun.ts';
import { startLoad } from '../support/load.ts';
import { callsIn, strace, straced } from '../support/strace.ts';
import { survived } from '../support/survived.ts';

const DISK_FAILED = 74;
const SYNCS = ['fsync', 'fdatasync'];
/** Of a fresh folder, until it listens: about as many as there are. */
const AT_FIRST_START = 12;

const failing = (output: string, nth: number): readonly string[] =>
  strace({ output, calls: SYNCS, inject: [`${SYNCS.join(',')}:error=EIO:when=${nth}`] });

/** Whether a server that was started with a failing sync ended for it, and said so. */
const saidWhy = async (site: EmbeddedSite, before: number): Promise<void> => {
  expect(await site.gone()).toBe(DISK_FAILED);
  expect(site.lines.slice(before).join('\n')).toMatch(/The disk did not keep what was written \(EIO: /);
};

straced('a sync that fails at the first start ends it, and the next one finds a whole folder', async () => {
  const home = await temporaryDirectory();
  const met = { ended: 0, bySqliteAlone: 0 };
  for (let nth = 1; nth <= AT_FIRST_START; nth++) {
    const site = embeddedSite(join(home.path, `data${nth}`));
    const output = join(home.path, 'calls');
    const hasStarted = await site.start(failing(output, nth)).then(
      () => true,
      () => false,
    );
    if (hasStarted) {
      met.bySqliteAlone += 1;
      await site.kill();
    } else {
      met.ended += 1;
      await saidWhy(site, 0);
    }
    await site.start();
    expect(await site.stop()).toBe(0);
  }
  console.log(`failing sync at the first start: ${JSON.stringify(met)}`);
  expect(met.ended).toBeGreaterThan(0);
  await home.remove();
});

straced('a sync that fails under load ends the process and loses nothing that was acknowledged', async () => {
  const run = faultRun('failing sync under load', 40);
  const home = await temporaryDirectory();
  const site = embeddedSite(join(home.path, 'data'));
  const met = { atTheStart: 0, underLoad: 0, bySqliteAlone: 0 };
  try {
    await site.start();
    const checker = createChecker();
    const target = { url: site.url };
    const load = await startLoad({ target, checker, writers: 3, socketWriters: 2, uploaders: 2, listeners: 2 });
    await load.acknowledges(10);
    await site.kill();
    for (let nth = 1; nth <= run.rounds; nth++) {
      const output = join(home.path, 'calls');
      const before = site.lines.length;
      const recovery = await site.start(failing(output, nth)).catch(() => undefined);
      if (recovery === undefined) {
        met.atTheStart += 1;
        await saidWhy(site, before);
        continue;
      }
      checker.restarted(recovery);
      target.url = site.url;
      const ended = await Promise.race([site.gone(), load.acknowledges(500).then(() => 'goes on')]);
      if (ended === 'goes on') {
        // SQLite syncs the folder of a new log of writes once, and tells nobody that this failed; we do it again.
        met.bySqliteAlone += 1;
        const failed = callsIn(output).find(({ result }) => result.includes('INJECTED'));
        expect(failed?.args).toContain(`<${site.dataDir}>`);
        await site.kill();
      } else {
        met.underLoad += 1;
        await saidWhy(site, before);
      }
    }
    checker.restarted(await site.start());
    target.url = site.url;
    await load.acknowledges(10);
    run.report({ met, ...(await survived(site, load, checker)) });
    expect(met.underLoad).toBeGreaterThan(0);
  } finally {
    await site.kill();
    await home.remove();
  }
});

// Rebuilds that are killed at random moments, as often as FAULTS_ROUNDS says: by themselves, and with the server that does them.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seedStore } from '../../bench/seed.ts';
import { shape } from '../../src/projections/index.ts';
import { folderOf } from '../../src/store/embedded/viewFiles.ts';
import { viewsDirectory } from '../../src/stores.ts';
import { ended, startVerb, temporaryDirectory } from '../support/cli.ts';
import { embeddedSite } from '../support/embeddedSite.ts';
import { faultRun } from '../support/faultRun.ts';
import { viewsDump } from '../support/viewsDump.ts';

test('whatever moment a rebuild is killed at, whole views serve, and the next one is right', async () => {
  const run = faultRun('rebuilds killed', 40);
  await using home = await temporaryDirectory().then((made) => ({ ...made, [Symbol.asyncDispose]: made.remove }));
  const dataDir = join(home.path, 'data');
  await seedStore(dataDir, { people: 3, histories: [1500] });
  const live = viewsDump(dataDir);
  const site = embeddedSite(dataDir);
  const began = performance.now();
  const verb = () => startVerb(['rebuild'], { DATA_DIR: dataDir });
  expect(await ended(verb())).toMatchObject({ code: 0 });
  /** Of a whole rebuild; the moments lie in it. */
  const milliseconds = performance.now() - began;
  const codes: (number | null)[] = [];

  for (let round = 0; round < run.rounds; round++) {
    const withServer = run.random() < 0.5;
    if (withServer) await site.start();
    const verbs = run.random() < 0.3 ? [verb(), verb()] : [verb()];
    const ends = verbs.map(ended);
    await delay(run.random() * milliseconds);
    if (withServer && run.random() < 0.7) await site.kill();
    else verbs[0]!.kill('SIGKILL');
    codes.push(...(await Promise.all(ends)).map(({ code }) => code));
    if (withServer) await site.kill();
    await site.start();
    await expect
      .poll(async () =>
        (await readdir(folderOf(viewsDirectory(dataDir), shape.version))).filter((name) => name.endsWith('.db')),
      )
      .toHaveLength(1);
    expect(site.viewsDump()).toEqual(live);
    await site.kill();
  }
  expect(await ended(verb())).toMatchObject({ code: 0 });
  expect(viewsDump(dataDir)).toEqual(live);
  run.report({ milliseconds, killed: codes.filter((code) => code === null).length, ended: codes.length });
});

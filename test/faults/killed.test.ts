// kill -9 under load over HTTP and sockets, as often as FAULTS_ROUNDS says.

import { expect, test } from 'vitest';
import { faultRun } from '../support/faultRun.ts';
import { killedUnderLoad } from '../support/killedUnderLoad.ts';

test('what was acknowledged is there once, in order, however often the server is killed', async () => {
  const run = faultRun('kill -9 under load', 100);
  const findings = await killedUnderLoad(run);
  run.report(findings);
  expect(findings.restarts).toBe(run.rounds);
});

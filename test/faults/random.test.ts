// Minutes of random runs of the whole program against the model of a chat. The short one is in `npm test`.

import { expect, test } from 'vitest';
import { faultRun } from '../support/faultRun.ts';
import { playScripts } from '../support/randomChat.ts';

test('after any of many runs, the log, the views, a rebuild and every socket say the same as the model', async () => {
  const { seed, rounds, report } = faultRun('random runs', 150);
  const counts = await playScripts({ seed, numRuns: rounds, endOnFailure: true });
  report(counts);
  expect(counts.heard).toBeGreaterThan(0);
});

// kill -9 at any moment under load: whatever was acknowledged is there once, in order, and every socket heard it once.
// `test/faults/killed.test.ts` does the same for longer.

import { expect, test } from 'vitest';
import { faultRun } from '../support/faultRun.ts';
import { killedUnderLoad } from '../support/killedUnderLoad.ts';

test('what was acknowledged is there once, in order, after being killed again and again', async () => {
  const { restarts, acknowledged } = await killedUnderLoad(faultRun('kill -9 under load', 2));
  expect(restarts).toBe(2);
  // One before each kill, and ten afterwards, at least.
  expect(acknowledged).toBeGreaterThanOrEqual(12);
}, 60_000);

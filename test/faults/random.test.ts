// Minutes of random runs of the whole program against the model of a chat. The short one is in `npm test`.

import { expect, test } from 'vitest';
import { playScripts } from '../support/randomChat.ts';

const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.FAULTS_ROUNDS ?? 150);

test('after any of many runs, the log, the views, a rebuild and every socket say the same as the model', async () => {
  console.log(`random runs: seed ${seed}, ${numRuns} runs`);
  const counts = await playScripts({ seed, numRuns, endOnFailure: true });
  console.log(`random runs: ${JSON.stringify(counts)}`);
  expect(counts.heard).toBeGreaterThan(0);
});

// Whatever people do, in whatever order: what they see, hear and find again is what a chat must come to.

import { expect, test } from 'vitest';
import { playScripts } from '../support/randomChat.ts';

test('after any run, the log, the views, a rebuild and every socket say the same as the model', async () => {
  const { said, refused, heard } = await playScripts({ numRuns: 4, endOnFailure: true });
  for (const count of [said, refused, heard]) expect(count).toBeGreaterThan(0);
}, 60_000);

// Processes that share an EventStoreDB, each with views of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Stores } from '../../src/stores.ts';
import { canaries } from '../support/canaries.ts';
import { startStandIn } from '../support/eventStoreDb/findNode.ts';
import { instead } from '../support/instead.ts';
import { startProgram } from '../support/program.ts';
import { AUTH_SECRET } from '../support/stores.ts';
import { viewsDump } from '../support/viewsDump.ts';

test('whoever is erased at one process leaves no mark of their words in the views of another, however late those are', async () => {
  const node = await startStandIn();
  const root = await mkdtemp(join(tmpdir(), 'verbatim-own-views-'));
  const [here, there] = [join(root, 'here'), join(root, 'there')];
  const settings = { EVENTSTORE_URL: node.url, AUTH_SECRET, KEYS_DIR: root, ERASE_GRACE: '0' };
  let goesOn = Promise.resolve();
  const late = (opened: Stores): Stores => ({
    ...opened,
    views: instead(opened.views, {
      apply: async (...batch) => {
        await goesOn;
        await opened.views.apply(...batch);
      },
    }),
  });
  const one = await startProgram({ dataDir: here, settings });
  const other = await startProgram({ dataDir: there, settings, stores: late });
  onTestFinished(async () => {
    await Promise.all([one.close(), other.close()]);
    await node.close();
    await rm(root, { recursive: true });
  });
  const words = (dataDir: string) => viewsDump(dataDir).words as readonly { readonly words: readonly string[] }[];

  const { id, token } = await one.person('ann');
  const group = (await one.call('POST', '/v1/groups', { token, json: { name: 'Team' } })).json.id;
  await one.call('POST', `/v1/conversations/${group}/messages`, { token, json: { text: 'tea time' } });
  await Promise.all([one.settled(), other.settled()]);
  expect([words(here), words(there)]).toMatchObject([[{}], [{}]]);
  const marks = canaries(...words(there)[0]!.words);
  expect(marks.below(join(there, 'views'))).not.toEqual([]);

  const { promise, resolve } = Promise.withResolvers<void>();
  goesOn = promise;
  expect((await one.call('DELETE', '/v1/me?erase=true', { token, json: {} })).status).toBe(202);
  const standing = async () => (await one.services.queries.erasure(id))?.standing;
  await expect.poll(standing).toBe('certified');
  expect(words(here)).toEqual([]);
  resolve();
  await expect.poll(() => words(there)).toEqual([]);
  await expect.poll(() => marks.below(join(there, 'views'))).toEqual([]);
});

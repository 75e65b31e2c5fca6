// A rebuild that an admin asks for, on either pair of stores.

import { expect, test } from 'vitest';
import type { ViewBuild } from '../../src/store/ports.ts';
import type { Stores } from '../../src/stores.ts';
import { instead } from '../support/instead.ts';
import { startProgram } from '../support/program.ts';

/** The thread has filled the build; the test lets it go on; it serves in the place of the old views. */
const steps = () => ({
  filled: Promise.withResolvers<void>(),
  goesOn: Promise.withResolvers<void>(),
  serves: Promise.withResolvers<void>(),
});

const filledElsewhere = (build: ViewBuild, { filled, goesOn, serves }: ReturnType<typeof steps>): ViewBuild => ({
  ...build,
  apply: () => Promise.reject(new Error('the thread that serves fills no views')),
  async complete(to) {
    filled.resolve();
    await goesOn.promise;
    await build.complete(to);
  },
  async finish() {
    await build.finish();
    serves.resolve();
  },
});

test('new views come from a thread of their own, with all that was said before and meanwhile', async () => {
  const step = steps();
  const stores = (opened: Stores): Stores => ({
    ...opened,
    views: instead(opened.views, { build: async () => filledElsewhere(await opened.views.build(), step) }),
  });
  const program = await startProgram({ stores });
  try {
    const ann = await program.person('ann');
    await program.grant(ann.id, 'admin');
    const { token } = ann;
    const { id } = (await program.call('POST', '/v1/groups', { token, json: { name: 'Team' } })).json;
    const path = `/v1/conversations/${id}/messages`;
    const said: string[] = [];
    const say = async (text: string): Promise<void> => {
      expect(await program.call('POST', path, { token, json: { text } })).toMatchObject({ status: 201 });
      said.push(text);
    };
    const allIsHeard = async (): Promise<void> => {
      const { items } = (await program.call('GET', `${path}?limit=100`, { token })).json;
      expect(items.map(({ text }: { text: string }) => text)).toEqual(said);
    };
    const status = async () => (await program.call('GET', '/v1/admin/rebuild', { token })).json;
    await say('before');
    expect(await program.call('POST', '/v1/admin/rebuild', { token })).toMatchObject({ status: 202 });
    for (let i = 0; i < 40; i++) await say(`while the thread fills them, ${i}`);
    await allIsHeard();
    await step.filled.promise;
    for (let i = 0; i < 40; i++) await say(`once they are filled, ${i}`);
    await allIsHeard();
    expect(await status()).toMatchObject({ state: 'running' });
    step.goesOn.resolve();
    await step.serves.promise;
    await allIsHeard();
    const done = { state: 'done', percent: 100, differing: 0, error: null };
    await expect.poll(status, { timeout: 120_000 }).toMatchObject(done);
    expect((await status()).events).toBeGreaterThan(0);
    await say('afterwards');
    await allIsHeard();
  } finally {
    await program.close();
  }
  // The thread takes only what others leave of the processor.
}, 300_000);

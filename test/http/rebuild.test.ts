// A rebuild that an admin asks for, on either pair of stores.

import { expect, test } from 'vitest';
import type { ViewBuild } from '../../src/store/ports.ts';
import type { Stores } from '../../src/stores.ts';
import { instead } from '../support/instead.ts';
import { startProgram } from '../support/program.ts';

const filledElsewhere = (build: ViewBuild): ViewBuild => ({
  ...build,
  apply: () => Promise.reject(new Error('the thread that serves fills no views')),
});

test('new views come from a thread of their own, with all that was said before and meanwhile', async () => {
  const stores = (opened: Stores): Stores => ({
    ...opened,
    views: instead(opened.views, { build: async () => filledElsewhere(await opened.views.build()) }),
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
    const heard = async (): Promise<readonly string[]> =>
      (await program.call('GET', `${path}?limit=100`, { token })).json.items.map(({ text }: { text: string }) => text);
    await say('before');
    expect(await program.call('POST', '/v1/admin/rebuild', { token })).toMatchObject({ status: 202 });
    const status = async () => (await program.call('GET', '/v1/admin/rebuild', { token })).json;
    while ((await status()).state === 'running') {
      if (said.length < 90) await say(`meanwhile ${said.length}`);
      expect(new Set(await heard())).toEqual(new Set(said));
    }
    expect(await status()).toMatchObject({ state: 'done', percent: 100, differing: 0, error: null });
    expect((await status()).events).toBeGreaterThan(0);
    await say('afterwards');
    expect(new Set(await heard())).toEqual(new Set(said));
  } finally {
    await program.close();
  }
});

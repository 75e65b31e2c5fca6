// Two versions of the program on one log and one database, as during a rolling upgrade.

import { afterAll, expect, test } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { shape } from '../../src/projections/index.ts';
import type { Shape } from '../../src/store/ports.ts';
import { openStores } from '../../src/stores.ts';
import { describeOnSite, newName, until } from '../support/distributed.ts';
import { createGate, instead } from '../support/instead.ts';
import { askingOf, type Person, sharedPasswords } from '../support/program.ts';

const earlier: Shape = shape;
const later: Shape = {
  version: shape.version + 1,
  readsFrom: shape.version,
  collections: shape.collections.map((each) =>
    each.name === 'users' ? { ...each, indexes: [...each.indexes, { fields: ['email'], sort: 'number' }] } : each,
  ),
};

await describeOnSite('two versions of the program', { mongo: true }, (site) => {
  const running = new Set<App>();
  const gate = createGate();
  const start = async (of: Shape): Promise<App> => {
    const config = readConfig({ ...site.settings, PORT: '0', LOG_LEVEL: 'silent', BCRYPT_COST: '4' });
    const app = await createApp(config, {
      passwords: sharedPasswords(),
      openStores: async (settings) => {
        const opened = await openStores(settings, of);
        return {
          ...opened,
          views: instead(opened.views, { build: () => gate.passed().then(() => opened.views.build()) }),
        };
      },
    });
    running.add(app);
    return app;
  };
  const stop = async (app: App): Promise<void> => {
    running.delete(app);
    await app.close();
  };
  afterAll(() => Promise.all([...running].map(stop)));

  const isReady = async ({ url }: App): Promise<boolean> => (await askingOf(url).call('GET', '/readyz')).status === 200;
  const say = async ({ url }: App, who: Person, team: string, text: string): Promise<string> => {
    const json = { text };
    const sent = await askingOf(url).call('POST', `/v1/conversations/${team}/messages`, { token: who.token, json });
    expect([201, 202]).toContain(sent.status);
    return sent.headers.get('x-position')!;
  };
  const texts = async ({ url }: App, who: Person, team: string, position: string): Promise<string[]> => {
    const headers = { 'X-Min-Position': position };
    const { status, json } = await askingOf(url).call('GET', `/v1/conversations/${team}/messages`, {
      token: who.token,
      headers,
    });
    expect(status).toBe(200);
    return json.items.map(({ text }: { text: string }) => text);
  };

  test('both serve all the time: the later one builds its own views beside, and no restart takes any away', async () => {
    const old = await start(earlier);
    await until('the old one is ready', () => isReady(old));
    const ann = await askingOf(old.url).person(newName('ann'));
    const group = { token: ann.token, json: { name: newName('team') } };
    const team: string = (await askingOf(old.url).call('POST', '/v1/groups', group)).json.id;
    const said = ['one'];
    await texts(old, ann, team, await say(old, ann, team, 'one'));

    gate.shut();
    const upgraded = await start(later);
    // It serves from the views of the old one, which go on.
    await until('the new one is ready', () => isReady(upgraded));
    said.push('two');
    const position = await say(upgraded, ann, team, 'two');
    for (const app of [old, upgraded]) expect(await texts(app, ann, team, position)).toEqual(said);
    gate.open();
    const { services } = upgraded;
    const serving = await openStores(readConfig(site.settings), later);
    const areBuilt = async (): Promise<boolean> => {
      const { isOutdated, position: reached } = await serving.views.checkpoint();
      return !isOutdated && reached >= (await services.events.head());
    };
    // The thread that builds them takes only what others leave of the processor.
    await expect.poll(areBuilt, { timeout: 120_000 }).toBe(true);
    await serving.close();

    for (const text of ['three', 'four']) {
      const restarted = await start(earlier);
      await until('it is ready again', () => isReady(restarted));
      said.push(text);
      const position = await say(restarted, ann, team, text);
      for (const app of [old, upgraded, restarted]) {
        expect(await texts(app, ann, team, position)).toEqual(said);
        expect(await isReady(app)).toBe(true);
      }
      await stop(restarted);
    }
  }, 300_000);
});

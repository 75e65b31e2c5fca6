// The embedded log with views and files in MongoDB: MongoDB goes away, the process is killed, and nothing is lost.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rebuildViewsOf } from '../../src/cli/rebuildViews.ts';
import { readConfig } from '../../src/config.ts';
import { startServer, temporaryDirectory } from '../support/cli.ts';
import { dump, until } from '../support/distributed.ts';
import { describeOnMongo } from '../support/mongoDb/testDatabases.ts';
import { askingOf, type Person } from '../support/program.ts';
import { listening } from '../support/sockets.ts';

await describeOnMongo('the embedded log with the views in MongoDB', ({ server, url, connect }) => {
  test.skipIf(!server.own)('outlives an outage of MongoDB and a kill of the process', async () => {
    const home = await temporaryDirectory();
    const MONGODB_URL = url();
    const settings = { DATA_DIR: join(home.path, 'data'), MONGODB_URL };
    let { url: place, child } = await startServer(settings);
    const ask = () => askingOf(place);
    const is = (status: string) =>
      until(`it is ${status}`, async () => (await ask().call('GET', '/readyz')).json.status === status);
    const say = (who: Person, team: string, text: string) =>
      ask().call('POST', `/v1/conversations/${team}/messages`, { token: who.token, json: { text } });
    const texts = async (who: Person, team: string) => {
      const { json } = await ask().call('GET', `/v1/conversations/${team}/messages`, { token: who.token });
      return json.items.map(({ text }: { text: string }) => text);
    };
    try {
      await is('ready');
      const ann = await ask().person('ann');
      const { json } = await ask().call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } });
      const team: string = json.id;
      const socket = await listening({ port: Number(new URL(place).port) }, ann.token);
      expect((await say(ann, team, 'before')).status).toBe(201);
      await server.kill();
      await is('degraded');
      expect((await say(ann, team, 'during')).status).toBe(202);
      expect((await socket.all('message', 2)).map(({ message }) => message.text)).toEqual(['before', 'during']);
      await server.restart();
      await is('ready');
      expect((await say(ann, team, 'after')).status).toBe(201);
      expect(await texts(ann, team)).toEqual(['before', 'during', 'after']);

      child.kill('SIGKILL');
      ({ url: place, child } = await startServer(settings));
      await is('ready');
      expect(await texts(ann, team)).toEqual(['before', 'during', 'after']);
      const { db } = await connect(MONGODB_URL);
      const live = await dump(db);
      await rebuildViewsOf(readConfig(settings), () => undefined);
      expect(await dump(db)).toEqual(live);
    } finally {
      child.kill('SIGKILL');
      await home.remove();
    }
  });
});

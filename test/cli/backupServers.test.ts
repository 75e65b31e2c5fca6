// Backup and restore where EventStoreDB has the log, MongoDB the files, or both: from any pair of stores into any other.

import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readManifest } from '../../src/cli/backupFolder.ts';
import { restoredLog } from '../../src/cli/restoredLog.ts';
import { closeAfter } from '../../src/closing.ts';
import { beginCopy } from '../../src/commands/beginCopy.ts';
import { readConfig } from '../../src/config.ts';
import { openEventLogReader } from '../../src/store/embedded/eventLogReader.ts';
import { BLOBS } from '../../src/store/mongoDb/blobStore.ts';
import { KEYS } from '../../src/store/mongoDb/keyStore.ts';
import { openStores } from '../../src/stores.ts';
import { OWN, temporaryDirectory } from '../support/cli.ts';
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/startEventStoreDb.ts';
import { describeOnMongo } from '../support/mongoDb/testDatabases.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { connect } from '../support/sockets.ts';
import { AUTH_SECRET } from '../support/stores.ts';

await describeOnMongo('a backup, whatever the stores', (databases) => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  const withKeys = (folder = 'keys') => ['--keys', join(home.path, folder)];
  const nodes: EventStoreDb[] = [];
  let running: Program | undefined;
  beforeAll(async () => {
    home = await temporaryDirectory();
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
    await home.remove();
  });

  let count = 0;
  /** New, empty stores, as in the environment. */
  const storesOf = async (...servers: ('events' | 'files')[]): Promise<Record<string, string>> => {
    const directory = join(home.path, `${++count}`);
    const settings: Record<string, string> = { DATA_DIR: directory, AUTH_SECRET };
    if (servers.includes('events')) {
      nodes.push(await startEventStoreDb({ file: join(home.path, `${count}.node.db`) }));
      settings.EVENTSTORE_URL = nodes.at(-1)!.url;
    }
    if (servers.includes('files')) settings.MONGODB_URL = databases.url();
    return settings;
  };
  const serve = async (settings: Record<string, string>): Promise<Program> => {
    running = await startProgram({ settings, dataDir: settings.DATA_DIR! });
    await running.settled();
    return running;
  };
  const stop = async (): Promise<void> => {
    await running?.close();
    running = undefined;
  };

  test('holds the messages and the files, and is restored into any pair; clients continue from their old positions', async () => {
    let stores = await storesOf('events', 'files');
    let server = await serve(stores);
    const { token } = await server.person('ann');
    const { json } = await server.call('POST', '/v1/groups', { token, json: { name: 'team' } });
    const messages = `/v1/conversations/${json.id}/messages`;
    const file = { token, body: 'content', headers: { 'Content-Type': 'text/plain' } };
    const { id: fileId } = (await server.call('POST', '/v1/files', file)).json;
    const texts: string[] = [];
    const say = async (text: string): Promise<number> => {
      texts.push(text);
      const { headers } = await server.call('POST', messages, { token, json: { text } });
      return Number(headers.get('x-position'));
    };
    const hear = async (subscribe: object) => {
      const client = await connect({ port: Number(new URL(server.url).port) }, { token });
      const { log } = await client.next('ready');
      client.send({ type: 'subscribe', ...subscribe });
      const answer = () => client.frames.find(({ type }) => type === 'caught-up' || type === 'refused');
      while (answer() === undefined) await once(client.ws, 'message');
      const last = answer();
      client.close();
      return { log, last, texts: client.frames.filter(({ type }) => type === 'message').map((it) => it.message.text) };
    };
    const after = await say('first');
    const { log } = await hear({});
    const end = await say('second');

    const targets = [['events'], ['files'], ['events', 'files'], []] as const;
    for (const [round, servers] of targets.entries()) {
      const folder = join(home.path, `backup ${round}`);
      const taken = await runVerbHere(['backup', folder, ...withKeys()], stores);
      expect({ code: taken.code, out: taken.out }).toMatchObject({ code: 0, out: expect.stringContaining('1 file') });
      const beyond = await say(`lost ${round}`);
      texts.pop();
      await stop();

      stores = await storesOf(...servers);
      expect(await runVerbHere(['restore', folder, ...withKeys()], stores)).toMatchObject({
        code: 0,
        out: expect.stringContaining('and 1 file'),
      });
      server = await serve(stores);
      const page = await server.call('GET', messages, { token });
      expect(page.json.items.map(({ text }: { text: string }) => text)).toEqual(texts);
      expect((await server.call('GET', `/v1/files/${fileId}`, { token })).text).toBe('content');
      const heard = await hear({ after, log });
      expect(heard.texts).toEqual(texts.slice(1));
      expect(heard.log).not.toBe(log);
      if (round === 0) expect((await hear({ after: beyond, log })).last).toMatchObject({ code: 'position-unknown' });
      expect(end).toBeLessThan(beyond);
      await say(`after ${round}`);
    }
  });

  test('is served by nobody before all of it is in the servers, and tells their id of the log each time', async () => {
    const stores = await storesOf();
    await (await serve(stores)).person('ann');
    await stop();
    const folder = join(home.path, 'backup for servers');
    const withItsKeys = withKeys('keys for servers');
    expect(await runVerbHere(['backup', folder, ...withItsKeys], stores)).toMatchObject({ code: 0 });
    const servers = await storesOf('events', 'files');
    await closeAfter(await openStores(readConfig({ ...OWN, ...servers })), async ({ events }) => {
      using reader = openEventLogReader(join(folder, 'events.db'));
      await beginCopy(restoredLog(reader, await readManifest(folder)), events);
    });
    await expect(serve(servers)).rejects.toThrow('did not end');
    expect(await runVerbHere(['restore', folder, ...withItsKeys], servers)).toMatchObject({ code: 0 });
    const restored = await serve(servers);
    expect((await restored.call('POST', '/v1/sessions', { json: { login: 'ann', password: PASSWORD } })).status).toBe(
      201,
    );
    const { logId } = restored.services.logIdentity;
    await stop();
    expect(await runVerbHere(['restore', folder, ...withItsKeys], servers)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`has a new id: ${logId}`),
    });
  });

  test('of servers is only read afterwards, so it may lie on a disk that nobody writes to', async () => {
    const stores = await storesOf('events', 'files');
    await (await serve(stores)).person('ann');
    const folder = join(home.path, 'backup only read');
    const withItsKeys = withKeys('keys only read');
    expect(await runVerbHere(['backup', folder, ...withItsKeys], stores)).toMatchObject({ code: 0 });
    const files = ['blobs', 'events.db', 'manifest.json'];
    expect((await readdir(folder)).toSorted()).toEqual(files);
    expect(await runVerbHere(['verify', folder], {})).toMatchObject({ code: 0 });
    expect(await runVerbHere(['restore', folder, ...withItsKeys], await storesOf())).toMatchObject({ code: 0 });
    expect((await readdir(folder)).toSorted()).toEqual(files);
  });

  test('is not restored into stores that hold anything else, not even what it was made from', async () => {
    const stores = await storesOf('events');
    await (await serve(stores)).person('ann');
    await stop();
    const folder = join(home.path, 'backup of its own');
    const mixed = await runVerbHere(['backup', folder, ...withKeys()], stores);
    expect(mixed).toMatchObject({ code: 1, err: expect.stringContaining('keys of another installation') });
    expect(await runVerbHere(['backup', folder, ...withKeys('its keys')], stores)).toMatchObject({ code: 0 });
    expect(await runVerbHere(['restore', folder, ...withKeys('its keys')], stores)).toMatchObject({
      code: 1,
      err: expect.stringContaining('the target holds the same history, but no copy of it'),
    });
  });
});

describe('the page for operators', () => {
  test("names the collections that a backup with MongoDB's own tools needs, and no others", async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const commands = page.split('\n').filter((line) => line.startsWith('mongodump') || line.startsWith('mongorestore'));
    const named = commands.flatMap((line) => [
      ...line.matchAll(/--(?:collection|nsInclude)[= ]'?(?:verbatim\.)?([\w.]+)/g),
    ]);
    expect(new Set(named.map(([, name]) => name))).toEqual(new Set([BLOBS.files, BLOBS.chunks, KEYS]));
  });
});

// The log is replaced under a server that runs: an older state is restored at the node, or another node gets its address.

import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startServer, temporaryDirectory } from '../support/cli.ts';
import { until } from '../support/distributed.ts';
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/startEventStoreDb.ts';
import { askingOf, type Person, type Program, startProgram } from '../support/program.ts';
import { connect, listening } from '../support/sockets.ts';
import { AUTH_SECRET } from '../support/stores.ts';

const home = await temporaryDirectory();
const file = join(home.path, 'node.db');
let node: EventStoreDb = await startEventStoreDb({ file });
const port = Number(new URL(node.url).port);
const { url, child } = await startServer({ DATA_DIR: join(home.path, 'data'), EVENTSTORE_URL: node.url, AUTH_SECRET });
const { call, person } = askingOf(url);
const at = { port: Number(new URL(url).port) };
afterAll(async () => {
  child.kill('SIGKILL');
  await node.close();
  await home.remove();
});

/** Ends the node, and starts one on another log at the same address. */
const replaceLog = async (by: string | undefined): Promise<void> => {
  await node.close();
  for (const suffix of ['', '-wal', '-shm', '.mark']) await rm(file + suffix, { force: true });
  if (by !== undefined) await cp(by, file);
  node = await startEventStoreDb({ file, port });
};
const isReady = () => until('it is ready', async () => (await call('GET', '/readyz')).json.status === 'ready');
const say = (who: Person, team: string, text: string) =>
  call('POST', `/v1/conversations/${team}/messages`, { token: who.token, json: { text } });

test('a node restored to an older state: nothing of the lost events is shown, decided on or pushed', async () => {
  await isReady();
  const ann = await person('ann');
  const team: string = (await call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } })).json.id;
  expect((await say(ann, team, 'before')).status).toBe(201);
  const older = join(home.path, 'older.db');
  const open = new DatabaseSync(file);
  open.exec(`VACUUM INTO '${older}'`);
  open.close();
  const ben = await person('ben');
  const json = { userId: ben.id };
  expect((await call('POST', `/v1/conversations/${team}/members`, { token: ann.token, json })).status).toBe(201);
  for (const text of ['lost 1', 'lost 2']) expect((await say(ann, team, text)).status).toBe(201);
  const socket = await listening(at, ann.token, { after: 0 });
  const lost = (await socket.all('message', 3)).at(-1)!.position as number;
  const { log } = (await connect(at, { token: ann.token }).then((client) => client.next('ready'))) as { log: string };

  await replaceLog(older);
  await socket.closed;
  await isReady();
  const read = await call('GET', `/v1/conversations/${team}/messages`, { token: ann.token });
  expect(read.json.items.map(({ text }: { text: string }) => text)).toEqual(['before']);
  expect((await call('GET', `/v1/users/${ben.id}`, { token: ann.token })).status).toBe(404);
  expect((await say(ben, team, 'who is that')).status).toBe(401);
  for (const text of ['new 1', 'new 2', 'new 3']) expect((await say(ann, team, text)).status).toBe(201);
  const back = await connect(at, { token: ann.token });
  expect((await back.next('ready')).log).not.toBe(log);
  back.send({ type: 'subscribe', after: lost, log });
  const refused = await back.next('refused');
  expect(refused).toMatchObject({ code: 'position-unknown' });
  back.send({ type: 'subscribe', after: refused.begin });
  await back.next('caught-up');
  const pushed = back.frames.filter(({ type }) => type === 'message').map(({ message }) => message.text);
  expect(pushed).toEqual(['new 1', 'new 2', 'new 3']);
  back.close();
});

test('another, empty log at the same address: it begins with nothing of the former one', async () => {
  const before = await person('cleo');
  await replaceLog(undefined);
  await until('the former account is gone', async () => {
    const { status } = await call('GET', '/v1/me', { token: before.token });
    return status === 401;
  });
  await isReady();
  const dora = await person('dora');
  const { json } = await call('GET', '/v1/users', { token: dora.token });
  expect(json.items.map(({ username }: { username: string }) => username)).toEqual(['dora']);
});

test('an older state that is restored while no server runs is noticed by the views, once; another log is not taken for one', async () => {
  const own = await temporaryDirectory();
  const [dataDir, log, older] = ['data', 'log.db', 'older.db'].map((name) => join(own.path, name)) as [
    string,
    string,
    string,
  ];
  let store = await startEventStoreDb({ file: log });
  onTestFinished(async () => {
    await store.close();
    await own.remove();
  });
  /** Starts a program on the log, lets it do something, and stops it. */
  const during = async (work: (program: Program) => Promise<unknown> = async () => undefined) => {
    const settings = { EVENTSTORE_URL: store.url, DATA_DIR: dataDir, AUTH_SECRET };
    const program = await startProgram({ dataDir, settings });
    await program.settled();
    await work(program);
    await program.settled();
    const { logId, placeOf } = program.services.logIdentity;
    const head = await program.services.events.head();
    await program.close();
    return { logId, head, placeOf };
  };
  const restore = async (by?: string): Promise<void> => {
    await store.close();
    for (const suffix of ['', '-wal', '-shm', '.mark']) await rm(log + suffix, { force: true });
    if (by !== undefined) await cp(by, log);
    store = await startEventStoreDb({ file: log });
  };
  const kept = await during((program) => program.person('kim'));
  new DatabaseSync(log).exec(`VACUUM INTO '${older}'`);
  const lost = await during((program) => program.person('lea'));
  expect(lost.logId).toBe(kept.logId);
  await restore(older);
  const restored = await during((program) => program.person('max'));
  expect(restored.logId).not.toBe(lost.logId);
  expect(await restored.placeOf(lost.head, lost.logId)).toMatchObject({ code: 'position-unknown' });
  expect(await restored.placeOf(kept.head, lost.logId)).toEqual({ at: kept.head });
  expect((await during()).logId).toBe(restored.logId);
  await restore();
  const other = await during((program) => program.person('nia'));
  expect(await other.placeOf(5, restored.logId)).toMatchObject({ code: 'log-unknown' });
  expect((await during()).logId).toBe(other.logId);
});

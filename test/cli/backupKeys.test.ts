// What a restore does with the keys, which lie apart from the backup.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { checkKeys, type KeyChoice, openKeyFolder, putKeys, takeKeys } from '../../src/cli/backupKeys.ts';
import { closeAfter } from '../../src/closing.ts';
import { accountNamed } from '../../src/commands/accountNamed.ts';
import { ownerOf } from '../../src/commands/claims.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { readConfig } from '../../src/config.ts';
import { digest } from '../../src/domain/ids.ts';
import { canonical } from '../../src/domain/names.ts';
import { openPseudonyms } from '../../src/history/pseudonyms.ts';
import { openEventReader, openKeys, openLogIn } from '../../src/openAlone.ts';
import type { EventReader } from '../../src/store/ports.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let program: TestCore;
let log: EventReader;
beforeAll(async () => {
  home = await temporaryDirectory();
  program = await openCore();
  const ann = await program.person('ann');
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'team' });
  // So many that some of them share a block of keys.
  for (let i = 0; i < 6; i++) await sendMessage(program.core, meta(ann), { conversationId, text: 'hello' });
  log = openLogIn(program.dataDir);
});
afterAll(async () => {
  await log.close();
  await program.dispose();
  await home.remove();
});

/** The log of the backup, and the keys that a server has somewhere. */
const serverWith = (KEYS_DIR: string) => readConfig({ DATA_DIR: program.dataDir, KEYS_DIR });
const newServer = async (name: string) => {
  await mkdir(join(home.path, name));
  return serverWith(join(home.path, name));
};

const put = async (config: ReturnType<typeof serverWith>, choice: KeyChoice) =>
  closeAfter(await openKeys(config), (to) => putKeys(log, to, choice));

/** The private part of each event that has one. */
const openedWith = async (config: ReturnType<typeof serverWith>) => {
  const events = await openEventReader(config);
  const opened = (await events.readLog(0)).map((event) => event.opened);
  await events.close();
  return opened.filter((part) => part !== undefined);
};

test('keys that are nowhere are missed before anything is restored', async () => {
  const config = await newServer('none');
  await expect(checkKeys(log, config, { withKeys: true })).rejects.toThrow('use --without-keys');
  const keys = join(home.path, 'nowhere');
  await expect(checkKeys(log, config, { keys, withKeys: true })).rejects.toThrow(`not in ${keys}`);
});

test('keys from a folder of their own open what they encrypted', async () => {
  const keys = join(home.path, 'keys');
  await openKeyFolder(serverWith(program.dataDir), keys, join(home.path, 'backup'));
  await takeKeys(serverWith(program.dataDir), log, keys);
  const config = await newServer('restored');
  await checkKeys(log, config, { keys, withKeys: true });
  await put(config, { keys, withKeys: true });
  expect(await openedWith(config)).toContain('{"text":"hello"}');
});

test('without keys everything private stays closed, for ever', async () => {
  const config = await newServer('given up');
  await put(config, { withKeys: false });
  const closed = await openedWith(config);
  expect(closed.length).toBeGreaterThan(1);
  expect(new Set(closed)).toEqual(new Set([null]));
});

test('without keys everything is closed, in whatever order the pages of the log name the keys of one block', async () => {
  const config = await newServer('given up page by page');
  const backwards = (await log.readLog(0)).toReversed().map((event, i) => ({ ...event, position: i + 1 }));
  const paged = { ...log, readLog: async (after: number) => backwards.slice(after, after + 1) };
  await closeAfter(await openKeys(config), (to) => putKeys(paged, to, { withKeys: false }));
  expect(new Set(await openedWith(config))).toEqual(new Set([null]));
});

test('a server that has the keys loses none, whatever the operator takes for lost', async () => {
  const config = serverWith(program.dataDir);
  await put(config, { withKeys: false });
  expect(await openedWith(config)).toContain('{"text":"hello"}');
});

test('people are found by name with the keys of their backup, and by nobody who has the log alone', async () => {
  const ann = await ownerOf(program.core, 'username', 'ann');
  const keys = join(home.path, 'keys of names');
  await openKeyFolder(serverWith(program.dataDir), keys, join(home.path, 'backup'));
  await takeKeys(serverWith(program.dataDir), log, keys);
  const [restored, fresh] = [await newServer('with names'), await newServer('without names')];
  await put(restored, { keys, withKeys: true });
  await put(fresh, { withKeys: false });
  const find = async (config: ReturnType<typeof serverWith>) =>
    closeAfter(await openKeys(config), async (found) =>
      closeAfter(await openEventReader(config), async (events) =>
        accountNamed(events, await openPseudonyms(found), 'ann'),
      ),
    );
  expect([await find(restored), await find(fresh)]).toEqual([ann, undefined]);
  const claims = (await log.readLog(0)).filter(({ type }) => type === 'NameClaimed').map(({ stream }) => stream);
  const guess = `claim-username-${digest(canonical('username', 'ann')).toString('hex')}`;
  expect(claims).toHaveLength(2);
  expect(claims).not.toContain(guess);
  // Another installation's keys lie there already.
  await expect(put(fresh, { keys, withKeys: true })).rejects.toThrow('another installation');
});

test('keys that an earlier run gave up stay given up, and whoever brings them later learns how much stays closed', async () => {
  const bob = await program.person('bob');
  const { conversationId } = await createGroup(program.core, meta(bob), { name: 'other team' });
  await sendMessage(program.core, meta(bob), { conversationId, text: 'hello' });
  const keys = join(home.path, 'keys found later');
  await openKeyFolder(serverWith(program.dataDir), keys, join(home.path, 'backup'));
  await takeKeys(serverWith(program.dataDir), log, keys);
  const config = await newServer('given up in part');
  await openKeyFolder(serverWith(program.dataDir), config.KEYS_DIR!, join(home.path, 'backup'));
  // The run ends after one message. The block of its key ends with that key; other messages have the keys behind it.
  const one = (await log.readLog(0)).findLast(({ type }) => type === 'MessageSent')!;
  const killed = { ...log, readLog: async (after: number) => (after === 0 ? [one] : []) };
  await closeAfter(await openKeys(config), (to) => putKeys(killed, to, { withKeys: false }));
  await expect(checkKeys(log, config, { withKeys: true })).rejects.toThrow('the store of keys');

  const said = vi.spyOn(console, 'error').mockReturnValue();
  await put(config, { keys, withKeys: true });
  const opened = await openedWith(config);
  const closed = opened.filter((part) => part === null).length;
  expect(said.mock.calls).toEqual([[expect.stringContaining(`of ${closed} events stay unreadable`)]]);
  said.mockRestore();
  // Ann's own data needs none of those keys.
  expect(closed).toBeLessThan(opened.length);
});

test('of keys that are lost in part, those that are left are used, when they lie where the server keeps its keys', async () => {
  const keys = join(home.path, 'an older copy');
  await openKeyFolder(serverWith(program.dataDir), keys, join(home.path, 'backup'));
  await takeKeys(serverWith(program.dataDir), log, keys);
  const zoe = await program.person('zoe');
  await createGroup(program.core, meta(zoe), { name: 'later' });
  const config = serverWith(keys);
  await expect(checkKeys(log, config, { withKeys: true })).rejects.toThrow('put the keys that you have where');
  await put(config, { withKeys: false });
  const opened = await openedWith(config);
  expect(opened).toContain(null);
  expect(opened).toContain('{"text":"hello"}');
});

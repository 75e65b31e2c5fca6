// Backup and restore as an operator does them, beside a server that serves.

import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../src/cli.ts';
import { ended, startVerb, temporaryDirectory } from '../support/cli.ts';
import { embeddedSite } from '../support/embeddedSite.ts';
import { askingOf, type Person, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { connect, type Frame } from '../support/sockets.ts';
import { strace, straced } from '../support/strace.ts';

/** Each starts many processes, one after the other. */
vi.setConfig({ testTimeout: 180_000 });

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let data: string;
let folder: string;
/** Warnings of all servers. */
let lines: Record<string, unknown>[] = [];
const running = new Set<() => Promise<void>>();

beforeEach(async () => {
  home = await temporaryDirectory();
  [data, folder] = [join(home.path, 'data'), join(home.path, 'backup')];
});
afterEach(async () => {
  for (const close of running) await close();
  running.clear();
  await home.remove();
});

/** A server of this process: a verb cannot tell it from one of its own. */
const serve = async (dataDir: string) => {
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const { url, call, person, close, settled } = await startProgram({ dataDir, log });
  running.add(close);
  const end = async (): Promise<void> => {
    running.delete(close);
    await close();
  };
  await settled();
  return { call, person, port: Number(new URL(url).port), end };
};
type Server = Omit<Awaited<ReturnType<typeof serve>>, 'end'>;

/** The keys lie apart from the backup. */
const withKeys = () => ['--keys', join(home.path, 'keys')];
const backUp = () => runVerbHere(['backup', folder, ...withKeys()], { DATA_DIR: data });
const restoreInto = (dataDir: string) => runVerbHere(['restore', folder, ...withKeys()], { DATA_DIR: dataDir });
/** The operator puts the secret back, which is in no backup. */
const putSecret = (dataDir: string) => cp(join(data, 'secret'), join(dataDir, 'secret'));

/** Somebody with a group, in which so many messages and files are. */
const beginOn = async (server: Server, { messages = 3, files = 0 } = {}) => {
  const ann = await server.person('ann');
  const { json } = await server.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } });
  const group: string = json.id;
  for (let i = 0; i < messages; i++) await say(server, ann, group, `first ${i}`);
  const fileIds: string[] = [];
  for (let i = 0; i < files; i++) {
    const body = { token: ann.token, body: `content ${i}`, headers: { 'Content-Type': 'text/plain' } };
    fileIds.push((await server.call('POST', '/v1/files', body)).json.id);
  }
  return { ann, group, fileIds };
};

const say = async (server: Server, { token }: Pick<Person, 'token'>, group: string, text: string): Promise<number> => {
  const reply = await server.call('POST', `/v1/conversations/${group}/messages`, { token, json: { text } });
  expect(reply.status).toBe(201);
  return Number(reply.headers.get('x-position'));
};

const textsIn = async (server: Server, { token }: Pick<Person, 'token'>, group: string): Promise<string[]> => {
  const texts: string[] = [];
  for (let after = 0; ; ) {
    const { json } = await server.call('GET', `/v1/conversations/${group}/messages?after=${after}&limit=100`, {
      token,
    });
    texts.push(...json.items.map(({ text }: { text: string }) => text));
    if (json.items.length < 100) return texts;
    after = json.items.at(-1).seq;
  }
};

/** What a client is answered that goes on after a position: the refusal, or the texts it is told. */
const goOn = async (server: Server, { token }: Pick<Person, 'token'>, subscribe: object) => {
  const client = await connect(server, { token });
  const { log, position } = await client.next('ready');
  client.send({ type: 'subscribe', ...subscribe });
  const answered = (): Frame => client.frames.find(({ type }) => type === 'refused' || type === 'caught-up');
  while (answered() === undefined) await once(client.ws, 'message');
  client.close();
  const texts = client.frames.filter(({ type }) => type === 'message').map(({ message }) => message.text);
  return { log, position, refused: answered().type === 'refused' ? answered() : undefined, texts };
};

const filesUnder = async (path: string): Promise<string[]> => {
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

test('a backup taken while people write has, in order, everything acknowledged before it began', async () => {
  const server = await serve(data);
  const { ann, group, fileIds } = await beginOn(server, { messages: 0, files: 3 });
  const acknowledged: string[][] = [];
  const over = new AbortController();
  const senders = Array.from({ length: 4 }, async (_, who) => {
    acknowledged[who] = [];
    for (let n = 0; !over.signal.aborted; n++) {
      await say(server, ann, group, `${who}:${n}`);
      acknowledged[who].push(`${who}:${n}`);
    }
  });
  await expect.poll(() => acknowledged.every((texts) => texts.length > 5), { timeout: 60_000 }).toBe(true);
  const before = acknowledged.map((texts) => [...texts]);
  const { code, out, err } = await backUp();
  expect({ code, err: err.includes('verbatim backup:') }).toEqual({ code: 0, err: false });
  over.abort();
  await Promise.all(senders);
  await server.end();

  expect(out).toContain(`The secret is not in it. It is ${join(data, 'secret')}`);
  expect(err).toContain('"what":"copy bytes of the log"');
  const paths = await filesUnder(folder);
  expect(paths.filter((path) => /secret|views|lock/.test(path))).toEqual([]);
  for (const path of paths) expect((await stat(path)).mode & 0o777, path).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);

  const other = join(home.path, 'other');
  const restored = await restoreInto(other);
  expect(restored.code).toBe(0);
  expect(restored.out).toContain(`Put yours into ${join(other, 'secret')}`);
  await putSecret(other);
  const again = await serve(other);
  // The token of before is still good.
  const texts = await textsIn(again, ann, group);
  for (const [who, said] of before.entries()) {
    const found = texts.filter((text) => text.startsWith(`${who}:`));
    expect(found).toEqual(found.map((_, n) => `${who}:${n}`));
    expect(found.length).toBeGreaterThanOrEqual(said.length);
  }
  for (const [i, id] of fileIds.entries())
    expect((await again.call('GET', `/v1/files/${id}`, { token: ann.token })).text).toBe(`content ${i}`);
  await again.end();
});

test('a client of the log before a restore goes on where that is certain, and is told where it is not', async () => {
  const server = await serve(data);
  const { ann, group } = await beginOn(server);
  const within = await say(server, ann, group, 'in the backup');
  const upTo = await say(server, ann, group, 'last in the backup');
  expect((await backUp()).code).toBe(0);
  const beyond = await say(server, ann, group, 'lost');
  const { log } = await goOn(server, ann, {});
  await server.end();

  const other = join(home.path, 'other');
  expect((await restoreInto(other)).code).toBe(0);
  await putSecret(other);
  const restored = await serve(other);
  expect((await goOn(restored, ann, { after: beyond, log })).refused).toMatchObject({
    code: 'position-unknown',
    begin: upTo,
  });
  // The log passes the position: what is there now, the client has not heard.
  for (const n of [1, 2, 3]) await say(restored, ann, group, `new ${n}`);
  const newest = ['new 1', 'new 2', 'new 3'];
  for (const subscribe of [{ after: beyond, log }, { after: beyond }]) {
    const { refused } = await goOn(restored, ann, subscribe);
    expect(refused).toMatchObject({ code: 'position-unknown', field: 'after', begin: upTo });
    expect((await goOn(restored, ann, { after: refused.begin })).texts).toEqual(newest);
  }
  for (const subscribe of [{ after: within, log }, { after: within }])
    expect((await goOn(restored, ann, subscribe)).texts).toEqual(['last in the backup', ...newest]);
  const now = await goOn(restored, ann, { after: upTo });
  expect(now.log).not.toBe(log);
  const last = await say(restored, ann, group, 'new 4');
  expect((await goOn(restored, ann, { after: last - 1, log: now.log })).texts).toEqual(['new 4']);
  await restored.end();
});

describe('a log that was put back by hand', () => {
  /** Runs a server on the data once more, and asks how a client fares that heard everything. */
  const askOn = async (dataDir: string, ann: Person, subscribe: object) => {
    const server = await serve(dataDir);
    const answer = await goOn(server, ann, subscribe);
    await server.end();
    return answer;
  };

  test('is another log from there on, wherever its files were put', async () => {
    const first = await serve(data);
    const { ann, group } = await beginOn(first);
    await first.end();
    const kept = join(home.path, 'kept');
    await cp(data, kept, { recursive: true });

    const second = await serve(data);
    const upTo = (await goOn(second, ann, {})).position;
    const beyond = await say(second, ann, group, 'lost');
    const { log } = await goOn(second, ann, {});
    await second.end();

    const wanted = { code: 'position-unknown', begin: upTo };
    // The whole folder in another place.
    expect((await askOn(kept, ann, { after: beyond, log })).refused).toMatchObject(wanted);
    // What the documentation names, in an empty folder.
    const bare = join(home.path, 'bare');
    await mkdir(bare);
    for (const name of ['events.db', 'keys.db', 'blobs', 'secret'])
      await cp(join(data, name), join(bare, name), { recursive: true });
    expect((await askOn(bare, ann, { after: beyond, log })).log).not.toBe(log);
    // The old file over the new one.
    await writeFile(join(data, 'events.db'), await readFile(join(kept, 'events.db')));
    lines = [];
    const over = await askOn(data, ann, { after: beyond + 1, log });
    expect(over.log).not.toBe(log);
    expect(lines).toContainEqual(expect.objectContaining({ level: 40, security: 'log-put-back', logId: over.log }));
    expect(over.refused).toMatchObject({ code: 'position-unknown' });
  });

  test('is told from one whose server was stopped, or killed, and started again', async () => {
    const killed = embeddedSite(data);
    await killed.start();
    const first = { ...askingOf(killed.url), port: Number(new URL(killed.url).port) };
    const { ann, group } = await beginOn(first);
    const { log } = await goOn(first, ann, {});
    await killed.kill();
    const second = await serve(data);
    expect((await goOn(second, ann, {})).log).toBe(log);
    const position = await say(second, ann, group, 'more');
    await second.end();
    const third = await askOn(data, ann, { after: position - 1 });
    expect(third).toMatchObject({ log, texts: ['more'] });
  });
});

describe('a backup', () => {
  test('is only made into an empty folder outside the data', async () => {
    await (await serve(data)).end();
    await mkdir(folder);
    await writeFile(join(folder, 'old'), '');
    expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') });
    const within = await runVerbHere(['backup', join(data, 'backup')], { DATA_DIR: data });
    expect(within).toMatchObject({ code: 1, err: expect.stringContaining('lies in the data directory') });
  });

  test('does not take keys into itself or into the data, nor itself into either, whatever links lead there', async () => {
    await (await serve(data)).end();
    const link = join(home.path, 'link');
    await symlink(data, link);
    const keysAway = join(home.path, 'live keys');
    const settings = { DATA_DIR: data, KEYS_DIR: keysAway };
    await mkdir(keysAway);
    await rename(join(data, 'keys.db'), join(keysAway, 'keys.db'));
    for (const verb of ['backup', 'export']) {
      for (const keys of [folder, join(folder, 'keys'), home.path, data, join(link, 'keys'), keysAway])
        expect(await runVerbHere([verb, folder, '--keys', keys], settings)).toMatchObject({
          code: 1,
          err: expect.stringContaining(`${keys} is not apart from`),
        });
      expect(await runVerbHere([verb, join(link, 'backup')], settings)).toMatchObject({
        code: 1,
        err: expect.stringContaining('lies in the data directory'),
      });
      expect(await runVerbHere([verb, folder, ...withKeys()], settings)).toMatchObject({ code: 0 });
      await rm(folder, { recursive: true });
    }
  });

  test('names a file that was lost before it, and keeps the others, as a copy does', async () => {
    const server = await serve(data);
    const { ann, fileIds } = await beginOn(server, { files: 2 });
    await server.end();
    const [lost] = await filesUnder(join(data, 'blobs'));
    await rm(lost!);
    const says = `has everything else, but 1 file is lost or damaged in ${join(data, 'blobs')}: ${basename(lost!)}\n`;
    expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining(`the backup ${says}`) });
    const copying = runVerbHere(['copy', '--from', data, '--to', join(home.path, 'copy')], {});
    expect(await copying).toMatchObject({
      code: 1,
      out: expect.stringContaining(' and 1 file; '),
      err: expect.stringContaining(`the copy ${says}`),
    });
    const other = join(home.path, 'other');
    expect(await restoreInto(other)).toMatchObject({ code: 0, out: expect.stringContaining('1 file was lost') });
    await putSecret(other);
    const restored = await serve(other);
    const found = fileIds.map(
      async (id) => (await restored.call('GET', `/v1/files/${id}`, { token: ann.token })).status,
    );
    expect((await Promise.all(found)).toSorted()).toEqual([200, 404]);
    await restored.end();
  });

  test('that was changed is not restored: the file is named, and the data directory stays empty', async () => {
    const server = await serve(data);
    await beginOn(server, { files: 2 });
    expect((await backUp()).code).toBe(0);
    await server.end();
    const whole = join(home.path, 'whole');
    await cp(folder, whole, { recursive: true });
    const blob = (await filesUnder(join(folder, 'blobs')))[1]!;
    const flip = async (path: string): Promise<void> => {
      const content = await readFile(path);
      content[content.length - 1]! ^= 1;
      await writeFile(path, content);
    };
    const manifest = join(folder, 'manifest.json');
    const wrongs: [file: string, change: (file: string) => Promise<void>][] = [
      [blob, flip],
      [blob, (file) => rm(file)],
      [blob, (file) => appendFile(file, 'x')],
      [join(folder, 'events.db'), flip],
      [manifest, (file) => rm(file)],
      [manifest, (file) => writeFile(file, '{}')],
      [manifest, async (file) => writeFile(file, (await readFile(file, 'utf8')).replace('"files": 2', '"files": 1'))],
    ];
    const other = join(home.path, 'other');
    for (const [file, change] of wrongs) {
      await change(file);
      const { code, err } = await restoreInto(other);
      expect({ code, named: err.includes(file) }, `${file} ${change}`).toEqual({ code: 1, named: true });
      await rm(folder, { recursive: true });
      await cp(whole, folder, { recursive: true });
    }
    expect((await restoreInto(other)).code).toBe(0);
    expect(await restoreInto(other)).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') });
    expect(await restoreInto(data)).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') });
  });

  test('of an earlier version may hold the secret: it is checked, and put back', async () => {
    await (await serve(data)).end();
    expect((await backUp()).code).toBe(0);
    const [secret, manifest] = [await readFile(join(data, 'secret')), join(folder, 'manifest.json')];
    const lines = await readFile(manifest, 'utf8');
    await writeFile(manifest, lines.replace('"secretSha256": null', `"secretSha256": "${hash('sha256', secret)}"`));
    const other = join(home.path, 'other');
    for (const [content, code] of [
      ['another secret', 1],
      [secret, 0],
    ] as const) {
      await writeFile(join(folder, 'secret'), content);
      expect((await restoreInto(other)).code).toBe(code);
    }
    expect(await readFile(join(other, 'secret'))).toEqual(secret);
  });

  test('that failed leaves its folder to the next one, and of two at once one has it', async () => {
    const server = await serve(data);
    await beginOn(server);
    await server.end();
    const change = (type: string, to: string): void => {
      using db = new DatabaseSync(join(data, 'events.db'));
      db.prepare('UPDATE events SET type = ? WHERE type = ?').run(to, type);
    };
    change('GroupCreated', 'OfALaterVersion');
    expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining('OfALaterVersion') });
    expect(await readdir(folder)).toEqual([]);
    change('OfALaterVersion', 'GroupCreated');
    const [both] = await Promise.all([backUp(), main(['backup', folder])]);
    expect(both.err).toContain(`${folder} is not empty`);
    expect(await runVerbHere(['verify', folder], {})).toMatchObject({ code: 0 });
  });

  test('is closed to others also where the folder was open', async () => {
    await (await serve(data)).end();
    await mkdir(folder);
    await chmod(folder, 0o755);
    expect((await backUp()).code).toBe(0);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const path of await filesUnder(folder)) expect((await stat(path)).mode & 0o777, path).toBe(0o600);
  });
});

describe('killed in the middle', () => {
  /** Kills a verb once it has said that it has done `what`. */
  const killAt = async (what: string, args: readonly string[], dataDir: string): Promise<void> => {
    const child = startVerb(args, { DATA_DIR: dataDir });
    const end = ended(child);
    child.stderr!.on('data', (chunk) => {
      if (String(chunk).includes(`"what":"${what}"`)) child.kill('SIGKILL');
    });
    await end;
  };

  test('a backup is none', async () => {
    const server = await serve(data);
    await beginOn(server, { files: 5 });
    // So that no backup ends before it is killed: a file with a second link is read to its end first, and this one hardly has one.
    const [content] = await filesUnder(join(data, 'blobs'));
    await truncate(content!, 2 ** 40);
    await link(content!, join(home.path, 'link'));
    for (const what of ['copy bytes of the log', 'check events']) {
      await killAt(what, ['backup', folder, ...withKeys()], data);
      const refused = await restoreInto(join(home.path, 'other'));
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('manifest.json, which is written last') });
      await rm(folder, { recursive: true });
    }
    await server.end();
  });

  test('a restore is begun again, and nobody serves what is half there', async () => {
    const server = await serve(data);
    const { ann, group } = await beginOn(server, { files: 5 });
    expect((await backUp()).code).toBe(0);
    await server.end();
    const other = join(home.path, 'other');
    for (const what of ['check files', 'restore files']) {
      await mkdir(other);
      // So that no restore ends before it is killed: the keys cannot be written.
      const keys = new DatabaseSync(join(other, 'keys.db'));
      keys.exec('BEGIN IMMEDIATE');
      await killAt(what, ['restore', folder, ...withKeys()], other);
      keys.close();
      expect((await restoreInto(other)).code).toBe(0);
      await putSecret(other);
      const restored = await serve(other);
      expect(await textsIn(restored, ann, group)).toEqual(['first 0', 'first 1', 'first 2']);
      await restored.end();
      await rm(other, { recursive: true });
    }
    await mkdir(other);
    await writeFile(join(other, 'restoring'), folder);
    await expect(startProgram({ dataDir: other })).rejects.toThrow(
      'did not end: part of the history is missing there. Run it again',
    );
    expect((await restoreInto(other)).code).toBe(0);
  });

  straced('a restore is begun again also where the disk was too full for the views', async () => {
    const server = await serve(data);
    const { ann, group } = await beginOn(server);
    expect((await backUp()).code).toBe(0);
    await server.end();
    const other = join(home.path, 'other');
    const full = strace({
      output: join(home.path, 'calls'),
      calls: ['mkdir', 'mkdirat'],
      inject: ['mkdir,mkdirat:error=ENOSPC'],
      paths: [join(other, 'views')],
    });
    const failed = await ended(startVerb(['restore', folder, ...withKeys()], { DATA_DIR: other }, full));
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('no space left on device') });
    await expect(startProgram({ dataDir: other })).rejects.toThrow('did not end');
    expect((await restoreInto(other)).code).toBe(0);
    await putSecret(other);
    const restored = await serve(other);
    expect(await textsIn(restored, ann, group)).toEqual(['first 0', 'first 1', 'first 2']);
    await restored.end();
  });

  test('a restore leaves nothing of itself to the next one, which may be of another backup', async () => {
    const server = await serve(data);
    const { ann, group } = await beginOn(server);
    expect((await backUp()).code).toBe(0);
    for (let i = 0; i < 30; i++) await say(server, ann, group, `later ${i}`);
    const other = join(home.path, 'other');
    await mkdir(other);
    for (const name of ['events.db', 'events.db-wal', 'events.db.mark']) await cp(join(data, name), join(other, name));
    await writeFile(join(other, 'restoring'), folder);
    await server.end();
    expect((await restoreInto(other)).code).toBe(0);
    await putSecret(other);
    const restored = await serve(other);
    expect(await textsIn(restored, ann, group)).toEqual(['first 0', 'first 1', 'first 2']);
    await restored.end();
  });
});

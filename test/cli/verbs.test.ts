import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decode } from '../../src/domain/codec.ts';
import { derivedId } from '../../src/domain/ids.ts';
import { listen } from '../../src/http/listening.ts';
import { openDataDir } from '../../src/store/embedded/dataDir.ts';
import { openEmbeddedKeyStore } from '../../src/store/embedded/keyStore.ts';
import { eventsFile } from '../../src/stores.ts';
import { ended, runVerb, startServer, startVerb, temporaryDirectory } from '../support/cli.ts';
import { recordedIn } from '../support/log.ts';
import { startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { isDistributed } from '../support/stores.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let env: Record<string, string>;
beforeEach(async () => {
  home = await temporaryDirectory();
  env = { DATA_DIR: join(home.path, 'data') };
});
afterEach(() => home.remove());

/** Files of a channel with `days` × `perDay` messages of a few people. */
const channel = async (days: number, perDay: number): Promise<string[]> => {
  const folder = join(home.path, 'logs');
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (let day = 0; day < days; day++) {
    const lines = Array.from(
      { length: perDay },
      (_, i) =>
        `[10:${String(Math.floor(i / 60) % 60).padStart(2, '0')}] <nick${(day * 7 + i) % 40}> message ${i} of ${day}`,
    );
    const file = join(folder, `2005-01-${String(day + 1).padStart(2, '0')}.txt`);
    await writeFile(file, `=== nick${day} has joined #chat\n${lines.join('\n')}\n`);
    files.push(file);
  }
  return files;
};

/** Loaded before the program, it kills that. */
const KILLER = pathToFileURL(join(import.meta.dirname, '../support/killedAtCommit.ts')).href;

test('an import that was interrupted goes on where it stopped, and a repeated one adds nothing', async () => {
  // Messages are recorded 400 at a time, one commit after the other: there are more of them left than each kill lets happen.
  const [days, perDay] = [5, 2000];
  const files = await channel(days, perDay);
  const args = ['import', 'irc', ...files, '--room', 'chat', '--new'];
  // While it makes accounts, in the first file, and in a later one.
  for (const commits of [5, 15, 8]) {
    const killed = { ...env, NODE_OPTIONS: `--import ${KILLER}`, KILLED_AT_COMMIT: String(commits) };
    // It had not ended by itself.
    expect(await runVerb(args, killed)).toMatchObject({ code: null });
  }
  const finished = await runVerbHere(args, env);
  expect(finished.err).not.toContain('verbatim import:');
  const again = await runVerbHere(args, env);
  expect(again.out).toContain('0 messages, 0 users and 0 memberships were added');

  const whole = await runVerbHere(args, { DATA_DIR: join(home.path, 'other') });
  expect(whole.out).toContain(`${days * perDay} messages, 40 users`);
  const stream = `messages-${derivedId('import', 'irc', 'chat')}`;
  type Said = { readonly text: string; readonly sentAt: string };
  const said = (messages: readonly Said[]): string[] =>
    messages.map(({ text, sentAt }) => `${sentAt} ${text}`).toSorted();
  const { out } = await runVerb(['history', stream, '--json'], env);
  const lines = out.trim().split('\n');
  expect(lines).toHaveLength(days * perDay);
  const log = await recordedIn({ DATA_DIR: join(home.path, 'other') });
  const wanted = log.filter((event) => event.stream === stream).map((event) => decode(event).data as Said);
  expect(said(lines.map((line) => JSON.parse(line).data))).toEqual(said(wanted));

  const rebuilt = await runVerbHere(['rebuild'], env);
  expect(rebuilt.err).toContain('"what":"rebuild"');
});

test.each([
  [[], 'Usage: verbatim'],
  [['dance'], "unknown command 'dance'"],
  [['histori'], 'Did you mean history?'],
  [['history', '--type', 'Nothing'], 'Allowed choices are LogBegun'],
  [['history', '--actor', 'eve'], 'Not an id'],
  [['history', '--from', 'noon'], 'Not a time'],
  [['history', '--from', '5'], 'Not a time'],
  [['history', '--from', '01.02.2026'], 'Not a time'],
  [['history', '--from', '2026-02-30'], 'Not a time'],
  [['history', '--from', '2026-01-31T12:00'], 'Not a time'],
  [['history', '--up-to', '7', '--follow'], 'cannot be used with option'],
  [['promote', 'a@b.c', 'king'], 'Allowed choices are admin, staff, auditor'],
  [['promote', 'a@b.c', 'admin', 'too'], 'too many arguments'],
  [['import', 'irc', 'x.txt', '--room', 'x', '--nwe'], 'Did you mean --new?'],
  [['import', 'irc', 'x.txt', '--rom', 'x'], 'Did you mean --room?'],
  [['copy', '--form', 'a', '--to', 'b'], 'Did you mean --from?'],
  [['copy', '--from', 'a'], "required option '--to <stores>' not specified"],
  [['help', 'dance'], "'dance' is invalid"],
  [['serve', '--port', '80'], 'Settings, such as PORT, are read from the environment'],
  [['import', 'irc', 'x.txt'], "required option '--room <name>' not specified"],
  [['import'], "missing required argument 'folder'"],
  [['import', 'xmpp', 'x.txt', '--room', 'x'], "unknown option '--room'"],
  [['import', 'xmpp', 'x.txt'], 'too many arguments'],
  [['import', 'out', '--key', 'x'], 'Did you mean --keys?'],
  [['import', 'out', '--keys', 'x', '--without-keys'], 'cannot be used with option'],
  [['restore', 'out', '--without-keys', '--keys', 'x'], 'cannot be used with option'],
  [['history', '--type', 'MemberAdded', '--type', 'MemberRemoved'], "option '--type <type>' is given twice"],
  [['import', 'irc', 'x.txt', '--room=x', '--new', '--room', 'y'], "option '--room <name>' is given twice"],
  [['export'], "missing required argument 'folder'"],
  [['export', 'out', '--conversation', 'x', '--person', 'y'], "cannot be used with option '--conversation <id>'"],
  [['export', 'out', '--person', 'ann', '--keys', 'k'], "cannot be used with option '--person <account>'"],
  [['erase', 'ann', '--now', '--take-back'], "option '--take-back' cannot be used with option '--now'"],
  [['history', 'log', '--related', '5'], 'looks in the whole log: name no stream'],
])('a verb that is used wrongly says how it is used: %j', async (args, says) => {
  expect(await runVerbHere(args, env)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
});

test.each([
  [['--help'], 'Usage: verbatim'],
  [['help'], 'Usage: verbatim'],
  [['help', 'backup'], 'Usage: verbatim backup'],
  [['help', 'import'], 'verbatim import irc [options] <files...>'],
  [['import', 'irc', '--help'], 'Usage: verbatim import irc'],
  [['promote', 'ada', 'admin', '--help'], 'Usage: verbatim promote'],
  [['rebuild', '-h'], 'Usage: verbatim rebuild'],
  [['serve', '--help'], 'Usage: verbatim serve'],
  [['--version'], /^\d+\.\d+\.\d+\n$/],
])('%j prints what was asked for, and does nothing', async (args, says) => {
  const { code, out, err } = await runVerbHere(args, env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(says);
  expect(existsSync(env.DATA_DIR!)).toBe(false);
});

test.each([
  [['promote', 'a@b.c', 'admin']],
  [['history', 'log']],
  [['rebuild']],
  [['backup', 'copy']],
  [['export', 'copy']],
  [['import', 'irc', '2005-01-01.txt', '--room', 'x']],
  [['reset-password', 'a@b.c']],
  [['reinstate', 'a@b.c']],
])('%j where no server ever ran makes no data directory there', async (args) => {
  await channel(1, 1);
  const given = args.map((arg) => (arg.endsWith('.txt') ? join(home.path, 'logs', arg) : arg));
  const { code, err } = await runVerbHere(given, env);
  expect(code).toBe(1);
  expect(err).toContain(`there is no event log in ${env.DATA_DIR}`);
  expect(existsSync(env.DATA_DIR!)).toBe(false);
});

test('a copy from where no server ever ran makes nothing, there or at its target', async () => {
  const [from, to] = [join(home.path, 'from'), join(home.path, 'to')];
  const { code, err } = await runVerbHere(['copy', '--from', from, '--to', to], env);
  expect(code).toBe(1);
  expect(err).toContain(`there is no event log in ${from}`);
  expect([existsSync(from), existsSync(to)]).toEqual([false, false]);
});

test('a log or keys that cannot be read are not missing: the verb says what is in the way, and what to do', async () => {
  await runVerbHere(['import', 'irc', ...(await channel(1, 1)), '--room', 'x', '--new'], env);
  const events = eventsFile(env.DATA_DIR!);
  // SQLite finds no place for the file that it makes beside the log.
  await mkdir(`${events}-wal`);
  for (const args of [['history'], ['verify'], ['verify', env.DATA_DIR!], ['backup', join(home.path, 'copy')]])
    expect(await runVerbHere(args, env), args.join()).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        new RegExp(
          `${events} cannot be opened: unable to open database file .* Run this as the user that runs the server`,
        ),
      ),
    });
  await rmdir(`${events}-wal`);

  const KEYS_DIR = join(home.path, 'keys');
  await mkdir(KEYS_DIR);
  await symlink('keys.db', join(KEYS_DIR, 'keys.db'));
  const withoutKeys = await runVerbHere(['history'], { ...env, KEYS_DIR });
  expect(withoutKeys).toMatchObject({ code: 1, err: expect.stringContaining('ELOOP') });
  await rm(events);
  await symlink('events.db', events);
  for (const args of [['history'], ['verify', env.DATA_DIR!]])
    expect((await runVerbHere(args, env)).err, args.join()).toContain('ELOOP');
});

test('a verb that looks for the keys in a wrong place names the place', async () => {
  await runVerbHere(['import', 'irc', ...(await channel(1, 1)), '--room', 'x', '--new'], env);
  const [KEYS_DIR, out] = [join(home.path, 'elsewhere'), join(home.path, 'out')];
  const of = (...args: string[]) => runVerbHere(args, { ...env, KEYS_DIR });
  for (const args of [
    ['history'],
    ['rebuild'],
    ['export', out, '--person', 'nick0'],
    ['export', out, '--keys', join(home.path, 'keys')],
    ['backup', join(home.path, 'backup'), '--keys', join(home.path, 'keys')],
  ])
    expect(await of(...args), args.join()).toMatchObject({
      code: 1,
      err: expect.stringContaining(`the keys of this log are not in ${join(KEYS_DIR, 'keys.db')}`),
    });
  expect([KEYS_DIR, join(home.path, 'keys')].map(existsSync)).toEqual([false, false]);
});

test('a file in the place of a folder is named', async () => {
  await runVerbHere(['import', 'irc', ...(await channel(1, 1)), '--room', 'x', '--new'], env);
  const [file, out] = [join(home.path, 'file'), join(home.path, 'out')];
  await writeFile(file, '');
  await symlink('nowhere', join(home.path, 'link'));
  for (const taken of [file, join(home.path, 'link')]) {
    for (const args of [
      ['backup', taken],
      ['backup', out, '--keys', taken],
      ['export', taken],
      ['export', out, '--keys', taken],
    ])
      expect(await runVerbHere(args, env), args.join()).toMatchObject({
        code: 1,
        err: `verbatim ${args[0]}: ${taken} is there and is no folder\n`,
      });
  }
  const restored = await runVerbHere(['restore', file], { DATA_DIR: out });
  expect(restored).toMatchObject({ code: 1, err: expect.stringContaining(`${file} is not a complete backup`) });
  await expect(openEmbeddedKeyStore(join(file, 'keys.db'))).rejects.toThrow(
    `the folder of keys ${file} cannot be made: ${file} is there and is no folder`,
  );
});

test('what a verb does not find is named', async () => {
  await runVerbHere(['import', 'irc', ...(await channel(1, 1)), '--room', 'x', '--new'], env);
  const unknown = await runVerbHere(['promote', 'a@b.c', 'admin'], env);
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("no account 'a@b.c'") });
  const missing = await runVerbHere(['import', 'irc', 'nowhere-2005-01-01.txt', '--room', 'x'], env);
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('nowhere-2005-01-01.txt') });
});

test('an import says what it did not record, and fails if a log yields nothing', async () => {
  const file = join(home.path, '2005-01-01.txt');
  await writeFile(file, '[10:00] <ann> hi\nrubbish \u202e!\n[10:01] <ann>\n');
  const args = ['import', 'irc', file, '--room', 'x', '--new'];
  const { code, out } = await runVerbHere(args, env);
  expect(code).toBe(0);
  expect(out).toContain('1 message, 1 user and 0 memberships were added to x');
  expect(out).toContain(
    'Not recorded: 1 line (lines that are none of a known log)\n  2005-01-01.txt:2: rubbish \\u202e!',
  );
  expect(out).toContain('Not recorded: 1 line (messages without text)\n  2005-01-01.txt:3: [10:01] <ann>');
  const nobody = await runVerbHere([...args, '--owner', 'nobody'], env);
  expect(nobody.err).toContain("there is no account 'nobody' to own the group");
  for (const text of ['no log at all', '\n', '--- Log opened Thu Jan 02 15:04:05 2020\n']) {
    await writeFile(file, text);
    expect(await runVerbHere(args, env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing could be read of 2005-01-01.txt'),
    });
  }
  await writeFile(file, '');
  expect(await runVerbHere(args, env)).toMatchObject({ code: 0, out: expect.stringContaining('only empty files') });
  expect((await runVerbHere(['import', 'irc', home.path, '--room', 'x'], env)).err).toContain('cannot be read');
  for (const room of [' ', 'x'.repeat(201), 'two\nlines'])
    expect((await runVerbHere(['import', 'irc', file, '--room', room], env)).err).toContain('--room needs a name');
  // Names of today, of yesterday, and differences to UTC.
  for (const zone of ['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'US/Eastern', 'UTC', 'Etc/UTC', '+05:30'])
    expect(await runVerbHere([...args, '--timezone', zone], env), zone).toMatchObject({ code: 0, err: '' });
  expect((await runVerbHere([...args, '--timezone', 'Moon/Base'], env)).err).toContain("no time zone 'Moon/Base'");
  expect((await runVerbHere([...args, '--encoding', 'morse'], env)).err).toContain(`${file}: there is no encoding`);
});

test.skipIf(isDistributed)('an import names an owner who cannot own the group', async () => {
  const program = await startProgram({ dataDir: env.DATA_DIR! });
  const [admin, ben] = [await program.person('admin'), await program.person('ben')];
  await program.grant(admin.id, 'admin');
  expect((await program.call('PUT', `/v1/users/${ben.id}/suspension`, { token: admin.token })).status).toBe(204);
  await program.close();
  const args = ['import', 'irc', ...(await channel(1, 1)), '--room', 'x', '--owner'];
  expect(await runVerbHere([...args, 'ben'], env)).toMatchObject({
    code: 1,
    err: "verbatim import: the account 'ben' is suspended: reinstate it first, or name another owner\n",
  });
  expect((await runVerbHere([...args, 'admin'], env)).code).toBe(0);
});

test('a line from a clock that was wrong does not keep the next logs out of the group', async () => {
  const [first, next] = ['first.log', 'next.log'].map((name) => join(home.path, name));
  await writeFile(
    first!,
    '2005-01-01 10:00 <ann> hi\n2238-01-19 03:14 <ann> from the future\n2005-01-01 10:01 <ben> hi\n',
  );
  await writeFile(next!, '2005-02-01 10:00 <ann> again\n');
  const brought = (file: string) => runVerbHere(['import', 'irc', file, '--room', 'x', '--new'], env);
  const { out } = await brought(first!);
  expect(out).toContain('2 messages, 2 users and 1 membership were added to x');
  expect(out).toContain('Not recorded: 1 line (lines of a time that has not come');
  expect(await brought(next!)).toMatchObject({ code: 0, out: expect.stringContaining('1 message, 0 users') });
});

test('a port in use, and a host that is none, say what to choose instead', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const server = createServer();
  await expect(listen(server, port, '127.0.0.1')).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
  const last = Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
  const full = createServer();
  full.listen = () => {
    full.emit('error', last);
    return full;
  };
  await expect(listen(full, 65_535, '127.0.0.1', 'OPERATOR_PORT')).rejects.toThrow('such as OPERATOR_PORT=65534');
  await expect(listen(server, 0, 'fe80::1')).rejects.toThrow('fe80::1%eth0');
  await expect(listen(server, 0, '192.0.2.1')).rejects.toThrow('192.0.2.1 is no address of this machine');
  taken.close();
});

test('history ends quietly when its reader has seen enough', async () => {
  await runVerbHere(['import', 'irc', ...(await channel(1, 3000)), '--room', 'x', '--new'], env);
  const child = startVerb(['history', `messages-${derivedId('import', 'irc', 'x')}`], env);
  child.stdout!.once('data', () => child.stdout!.destroy());
  let err = '';
  child.stderr!.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

// Other systems have no /dev/full.
test.runIf(process.platform === 'linux')(
  'a verb whose output finds no room on its disk says so in a line, and fails',
  async () => {
    const around = ['sh', '-c', 'exec "$@" >/dev/full', 'sh'];
    const { code, err } = await ended(startVerb(['schema'], env, around));
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^verbatim: standard output cannot be written: ENOSPC.*\n$/),
    ]);
  },
);

test('work is done to its end, though nobody reads what it says', async () => {
  await runVerbHere(['import', 'irc', ...(await channel(1, 1)), '--room', 'x', '--new'], env);
  const copy = join(home.path, 'copy');
  const child = startVerb(['backup', copy], env);
  child.stdout!.destroy();
  child.stderr!.destroy();
  const [code] = await once(child, 'close');
  expect([code, existsSync(join(copy, 'manifest.json'))]).toEqual([0, true]);
});

test('settings that are not as they should be are refused, all by name', async () => {
  const { code, err } = await runVerb(['serve'], { ...env, PORT: 'many', LOG_LEVEL: 'loud' });
  expect(code).toBe(1);
  expect(err).toContain('PORT');
  expect(err).toContain('LOG_LEVEL');
  expect(err).not.toMatch(/^ +at /m);
});

test('a server that starts waits for a verb, or a server that stops, which has the data directory', async () => {
  const { release } = await openDataDir(env.DATA_DIR!);
  let said = '';
  const starting = startServer({ ...env, LOG_LEVEL: 'warn' }, [], (spawned) =>
    spawned.stdout!.on('data', (chunk) => {
      said += chunk;
    }),
  );
  await expect.poll(() => said).toContain('the start waits: the data directory');
  expect(said).toContain(`process ${process.pid}`);
  await release();
  const { child } = await starting;
  const end = ended(child);
  child.kill('SIGTERM');
  expect((await end).code).toBe(0);
  expect(said.match(/the start waits/g)).toHaveLength(1);
});

test('a second server on the same data is refused, and the first goes on', async () => {
  let said = '';
  const { url, child } = await startServer(
    { ...env, HOST: 'x86_64-conda-linux-gnu', LOG_LEVEL: 'warn' },
    [],
    (spawned) =>
      spawned.stdout!.on('data', (chunk) => {
        said += chunk;
      }),
  );
  const second = await runVerb(['serve'], { ...env, PORT: '0' });
  // At once: nobody knows when a server ends.
  expect([second.code, second.out]).toEqual([1, '']);
  expect(second.err).toContain(String(child.pid));
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  // Where nobody reads at a terminal, every line is JSON, the first one too.
  const lines = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [30, expect.stringContaining(`Verbatim listens on ${url}`)],
    [40, expect.stringContaining('HOST is no address')],
  ]);
  const end = ended(child);
  child.kill('SIGTERM');
  expect((await end).code).toBe(0);
});

test('a data directory that cannot be used is a clear error', async () => {
  const file = join(home.path, 'file');
  await writeFile(file, '');
  // In the last one no folder can be made, although the one above is there.
  for (const path of [file, join(file, 'in', 'it'), '/proc/verbatim/data'])
    await expect(openDataDir(path)).rejects.toThrow(`the data directory ${path} cannot be written to`);
  const { code, err } = await runVerb(['serve'], { DATA_DIR: file, PORT: '0' });
  expect(code).toBe(1);
  expect(err).toContain(file);
  expect(err.trim().split('\n')).toHaveLength(1);
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { derivedId } from '../../src/domain/ids.ts';
import { openEventLogReader } from '../../src/store/embedded/eventLogReader.ts';
import { eventsFile } from '../../src/stores.ts';
import { ended, runVerb, startServer, startVerb, temporaryDirectory } from '../support/cli.ts';
import { runVerbHere } from '../support/runVerbHere.ts';

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

/** Events recorded so far, read beside the process that writes them. @throws Error there is no log yet */
const recorded = (dataDir: string): number => {
  const reader = openEventLogReader(eventsFile(dataDir));
  try {
    return reader.head();
  } finally {
    reader.close();
  }
};

test('an import that was interrupted goes on where it stopped, and a repeated one adds nothing', async () => {
  const files = await channel(5, 400);
  const args = ['import', 'irc', ...files, '--room', 'chat'];
  // While it makes accounts, in the first file, and in a later one.
  for (const events of [20, 300, 1000]) {
    const child = startVerb(args, env);
    const end = ended(child);
    await expect.poll(() => child.exitCode !== null || recorded(env.DATA_DIR!) > events, { interval: 10 }).toBe(true);
    child.kill('SIGKILL');
    // It had not ended by itself.
    expect(await end).toMatchObject({ code: null });
  }
  const finished = await runVerbHere(args, env);
  expect(finished.err).not.toContain('verbatim import:');
  const again = await runVerbHere(args, env);
  expect(again.out).toContain('0 messages, 0 users and 0 memberships were added');

  const whole = await runVerbHere(args, { DATA_DIR: join(home.path, 'other') });
  expect(whole.out).toContain('2000 messages, 40 users');
  const stream = `messages-${derivedId('import', 'irc', 'chat')}`;
  const said = (messages: readonly { readonly text: string; readonly sentAt: string }[]): string[] =>
    messages.map(({ text, sentAt }) => `${sentAt} ${text}`).toSorted();
  const { out } = await runVerb(['history', stream], env);
  const lines = out.trim().split('\n');
  expect(lines).toHaveLength(2000);
  const reader = openEventLogReader(eventsFile(join(home.path, 'other')));
  const wanted: { readonly text: string; readonly sentAt: string }[] = [];
  while (wanted.length < 2000)
    wanted.push(...reader.readStream(stream, { from: wanted.length }).map(({ data }) => JSON.parse(data)));
  reader.close();
  expect(said(lines.map((line) => JSON.parse(line).data))).toEqual(said(wanted));

  const rebuilt = await runVerbHere(['rebuild'], env);
  expect(rebuilt.err).toContain('"what":"rebuild"');
});

test('a verb that is used wrongly says how it is used', async () => {
  expect((await runVerb([], env)).code).toBe(2);
  expect((await runVerbHere(['help'], env)).out).toContain('verbatim serve');
  expect(await runVerbHere(['dance'], env)).toMatchObject({ code: 2, err: expect.stringContaining("no verb 'dance'") });
  expect(await runVerbHere(['history'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('usage: verbatim history'),
  });
  expect(await runVerbHere(['promote', 'a@b.c', 'king'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('usage: verbatim promote'),
  });
  expect(await runVerbHere(['promote', 'a@b.c', 'admin'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining("no account 'a@b.c'"),
  });
  expect(await runVerbHere(['reinstate'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('usage: verbatim reinstate'),
  });
  expect(await runVerbHere(['reinstate', 'a@b.c'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining("no account 'a@b.c'"),
  });
  expect(await runVerbHere(['import', 'irc', 'nowhere.txt', '--room', 'x'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('nowhere.txt'),
  });
});

test('settings that are not as they should be are refused, all by name', async () => {
  const { code, err } = await runVerb(['serve'], { ...env, PORT: 'many', LOG_LEVEL: 'loud' });
  expect(code).toBe(1);
  expect(err).toContain('PORT');
  expect(err).toContain('LOG_LEVEL');
  expect(err).not.toContain('at ');
});

test('a second server on the same data is refused, and the first goes on', async () => {
  const { url, child } = await startServer(env);
  const second = await runVerb(['serve'], { ...env, PORT: '0' });
  expect(second.code).toBe(1);
  expect(second.err).toContain(String(child.pid));
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const end = ended(child);
  child.kill('SIGTERM');
  expect((await end).code).toBe(0);
});

test('a data directory that cannot be used is a clear error', async () => {
  await writeFile(join(home.path, 'file'), '');
  const { code, err } = await runVerb(['serve'], { DATA_DIR: join(home.path, 'file'), PORT: '0' });
  expect(code).toBe(1);
  expect(err).toContain(join(home.path, 'file'));
  expect(err.trim().split('\n')).toHaveLength(1);
});

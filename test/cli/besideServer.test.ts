// Verbs that the running server carries out.

import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import { startWhenFree } from '../../src/cli/serve.ts';
import { Refused } from '../../src/domain/refused.ts';
import { DataDirTaken, openDataDir } from '../../src/store/embedded/dataDir.ts';
import { answerVerbs, askServer } from '../../src/verbChannel.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { isDistributed } from '../support/stores.ts';

describe.skipIf(isDistributed)('beside a running server', () => {
  let program: Program;
  beforeAll(async () => {
    program = await startProgram();
  });
  afterAll(() => program.close());
  const run = (...args: string[]) => runVerbHere(args, { DATA_DIR: program.dataDir });

  test('promote gives a role at once, and reinstate ends the suspension of the only admin', async () => {
    const ann = await program.person('ann');
    const invite = () => program.call('POST', '/v1/invitations', { token: ann.token, json: {} });
    expect((await invite()).status).toBe(403);
    expect(await run('promote', 'ANN', 'admin')).toMatchObject({
      code: 0,
      out: 'ANN now has the role admin\n',
      err: '',
    });
    expect((await invite()).status).toBe(201);
    expect((await program.call('PUT', `/v1/users/${ann.id}/suspension`, { token: ann.token })).status).toBe(204);
    expect((await invite()).status).toBe(401);
    expect(await run('reinstate', 'ann')).toMatchObject({ code: 0, out: 'ann can sign in\n' });
    const json = { login: 'ann', password: 'correct horse' };
    expect((await program.call('POST', '/v1/sessions', { json })).status).toBe(201);
  });

  test.each([
    ['promote', 'nobody', 'staff'],
    ['reinstate', 'nobody'],
  ])('%s says who is unknown, as without a server', async (...args) => {
    const says = `verbatim ${args[0]}: there is no account 'nobody'`;
    expect(await run(...args)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(says) });
  });

  test('another server asks for the data directory once, says nothing of waiting, and ends', async () => {
    const start = vi.fn(async (): Promise<App> => {
      await openDataDir(program.dataDir);
      throw new Error('the running server lost its data directory');
    });
    const warn = vi.fn();
    await expect(startWhenFree(program.dataDir, { warn } as never, start)).rejects.toThrow(DataDirTaken);
    expect([start.mock.calls.length, warn.mock.calls]).toEqual([1, []]);
  });
});

test.skipIf(isDistributed)('a verb waits for a server that starts or stops, and for another verb', async () => {
  const home = await temporaryDirectory();
  const DATA_DIR = join(home.path, 'data');
  const log = join(home.path, '2005-01-01.txt');
  await writeFile(log, '[10:00] <ann> hi\n');
  expect(await runVerbHere(['import', 'irc', log, '--room', 'x', '--new'], { DATA_DIR })).toMatchObject({ code: 0 });
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  onTestFinished(() => exec.mockRestore());
  /** How often somebody has asked for the lock on a directory. */
  const looks = (): number => exec.mock.calls.filter(([sql]) => sql === 'BEGIN EXCLUSIVE').length;
  for (const args of [['promote', 'ann', 'admin'], ['doctor'], ['rebuild']]) {
    const held = await openDataDir(DATA_DIR);
    const before = looks();
    const running = runVerbHere(args, { DATA_DIR });
    await expect.poll(looks).toBeGreaterThan(before);
    await held.release();
    expect(await running, args.join()).toMatchObject({ code: 0 });
  }
  await home.remove();
});

describe('the channel', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let end: () => Promise<void>;
  const asked: unknown[] = [];
  beforeEach(async () => {
    home = await temporaryDirectory();
    asked.length = 0;
    // As an unpacked archive may have it.
    await mkdir(join(home.path, 'verbs'), { mode: 0o755 });
    end = await answerVerbs(async (verb, args, onProgress, signal) => {
      asked.push([verb, ...args]);
      if (verb === 'refuse') throw new Refused('user-unknown');
      if (verb === 'wait')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      onProgress(1, 2, 3);
      return 4;
    }, home.path);
  });
  afterEach(async () => {
    await end();
    await home.remove();
  });

  test('carries a verb, its arguments, its progress and its answer', async () => {
    const progress: unknown[] = [];
    const answer = await askServer(home.path, 'work', ['a\nb', '😀'], (...at) => progress.push(at));
    expect({ answer, asked, progress }).toEqual({
      answer: { done: 4 },
      asked: [['work', 'a\nb', '😀']],
      progress: [[1, 2, 3]],
    });
  });

  test('is for the owner of the directory alone', async () => {
    expect((await stat(join(home.path, 'verbs'))).mode & 0o777).toBe(0o700);
  });

  test('says in words why the server refused', () =>
    expect(askServer(home.path, 'refuse')).rejects.toThrow(/^[A-Z].+\.$/));

  test('ends what is under way when the server stops, and nobody is there then', async () => {
    const waiting = askServer(home.path, 'wait');
    await expect.poll(() => asked.length).toBe(1);
    await Promise.all([end(), expect(waiting).rejects.toThrow('the server stops')]);
    expect(await askServer(home.path, 'work')).toBeUndefined();
  });

  test.skipIf(process.platform === 'win32')('says so if the server dies within its answer', async () => {
    await end();
    const server = createServer((socket) => socket.end('{"position":1,"head":2,"events":1}\n{"done":{"documents":'));
    await once(server.listen(join(home.path, 'verbs', 'socket')), 'listening');
    await expect(askServer(home.path, 'doctor')).rejects.toThrow('the server ended before it had done this');
    server.close();
  });

  test.skipIf(process.platform === 'win32').each([
    ['no JSON\n', 'this is no request'],
    ['{"verb":1,"args":[]}\n', 'this is no request'],
    ['x'.repeat(20_000), 'too long'],
  ])('refuses %j', async (sent, says) => {
    const socket = createConnection(join(home.path, 'verbs', 'socket'));
    await once(socket, 'connect');
    socket.write(sent);
    const [answer] = await once(socket, 'data');
    expect(JSON.parse(String(answer)).error).toContain(says);
    socket.destroy();
    expect(asked).toEqual([]);
  });
});

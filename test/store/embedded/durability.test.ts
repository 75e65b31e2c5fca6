// What is answered is on disk: seen in the system calls, since no kill of a process shows a sync that was left out.

import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Call, callsIn, strace, straced } from '../../support/strace.ts';

const run = promisify(execFile);
let directory: string;
let calls: readonly Call[];

const named = (...names: string[]): readonly Call[] => calls.filter(({ name }) => names.includes(name));
const syncsOf = (path: string): readonly Call[] =>
  named('fsync', 'fdatasync').filter(({ args, result }) => args.includes(`<${path}>`) && result === '0');
/** Answers as they were said, each with where the one before it was said. */
const answers = (word: string) =>
  named('write')
    .filter(({ args }) => args.includes(`"${word}`))
    .map((call, i, all) => ({ call, after: all[i - 1]?.ended ?? 0 }));
const lies = (call: Call, after: number, before: number): boolean => call.began > after && call.ended < before;

const trace = async (): Promise<void> => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'verbatim-synced-')));
  const output = join(directory, 'calls');
  const traced = ['write', 'pwrite64', 'fsync', 'fdatasync', 'rename', 'renameat', 'renameat2', 'mkdir'];
  const [command, ...args] = strace({ output, calls: traced });
  const data = join(directory, 'data');
  await run(command!, [...args, process.execPath, join(import.meta.dirname, 'keepSome.ts'), data]);
  calls = callsIn(output);
};

describe('on disk before it is answered:', () => {
  beforeAll(async () => {
    await trace().catch(() => undefined);
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  straced('an event, in the log that was written to', async () => {
    const log = join(directory, 'data', 'events.db-wal');
    const said = answers('appended');
    expect(said).toHaveLength(5);
    for (const { call, after } of said) {
      const written = named('pwrite64').filter((write) => write.args.includes(log) && lies(write, after, call.began));
      const synced = syncsOf(log).filter((sync) => lies(sync, written.at(-1)!.ended, call.began));
      expect([written.length > 0, synced.length > 0]).toEqual([true, true]);
    }
  });

  straced('a content, before it has its name', async () => {
    const said = answers('kept');
    expect(said).toHaveLength(3);
    for (const { call, after } of said) {
      const hash = /kept (\w+)/.exec(call.args)![1]!;
      const renamed = named('rename', 'renameat', 'renameat2').find(({ args }) => args.includes(`/${hash}"`))!;
      const temporary = /"([^"]*incoming[^"]*)"/.exec(renamed.args)![1]!;
      expect(syncsOf(temporary).filter((sync) => lies(sync, after, renamed.began))).not.toEqual([]);
    }
  });

  straced('the name of a content, in its folder and in the one above', async () => {
    for (const { call } of answers('kept')) {
      const hash = /kept (\w+)/.exec(call.args)![1]!;
      const renamed = named('rename', 'renameat', 'renameat2').find(({ args }) => args.includes(`/${hash}"`))!;
      const blobs = join(directory, 'data', 'blobs');
      for (const folder of [join(blobs, hash.slice(0, 2)), blobs])
        expect(syncsOf(folder).filter((sync) => lies(sync, renamed.ended, call.began))).not.toEqual([]);
    }
  });

  straced('the folders that were made, and which files they hold', async () => {
    const [first] = answers('appended');
    expect(syncsOf(join(directory, 'data')).filter((sync) => lies(sync, 0, first!.call.began))).not.toEqual([]);
    const made = named('mkdir').find(({ args }) => args.includes('/blobs"'))!;
    expect(syncsOf(join(directory, 'data')).filter((sync) => sync.began > made.ended)).not.toEqual([]);
  });
});

straced(
  'a sync that fails while the log is moved into its file is not kept from whoever appends',
  async () => {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'verbatim-synced-')));
    const script = join(import.meta.dirname, 'appendMuch.ts');
    const file = join(home, 'events.db');
    expect((await run(process.execPath, [script, file, '1'])).stdout).toBe('1 appended\n');
    const [command, ...args] = strace({
      output: join(home, 'calls'),
      calls: ['fsync', 'fdatasync'],
      inject: ['fsync,fdatasync:error=EIO:when=1'],
      paths: [file],
    });
    const { stdout } = await run(command!, [...args, process.execPath, script, file, '60']);
    expect(stdout).toMatch(/^\d+ appended, then EIO: disk I\/O error, fsync \(SQLite 1034\), and again\n$/);
    await rm(home, { recursive: true });
  },
  60_000,
);

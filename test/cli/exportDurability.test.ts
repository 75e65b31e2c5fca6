// What an export says that it has is on disk: seen in the system calls, since no kill of a process shows a sync that was left out.

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { readManifest } from '../../src/cli/exportFolder.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { startProgram } from '../support/program.ts';
import { type Call, callsIn, strace, straced } from '../support/strace.ts';

const run = promisify(execFile);
let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let calls: readonly Call[];
const at = (...names: string[]): string => join(home.path, ...names);

const named = (...names: string[]): readonly Call[] =>
  calls.filter(({ name, result }) => names.includes(name) && !result.startsWith('-1'));
const writesTo = (path: string) =>
  named('write', 'pwrite64', 'writev').filter(({ args }) => args.includes(`<${path}>`));
const syncsOf = (path: string) => named('fsync', 'fdatasync').filter(({ args }) => args.includes(`<${path}>`));
const renamesTo = (path: string) =>
  named('rename', 'renameat', 'renameat2').filter(({ args }) => args.includes(`"${path}"`));
const isSynced = (path: string, after: number, before: number): boolean =>
  syncsOf(path).some(({ began, ended }) => began > after && ended < before);

describe('on disk before an export says that it has it:', () => {
  beforeAll(async () => {
    home = await temporaryDirectory();
    const program = await startProgram({ dataDir: at('data') });
    const { token } = await program.person('ann');
    const content = { body: 'the plan', headers: { 'Content-Type': 'text/plain' } };
    await program.call('POST', '/v1/files', { token, ...content });
    for (let i = 0; i < 5; i++) await program.call('POST', '/v1/groups', { token, json: { name: `team ${i}` } });
    await program.close();
    const traced = ['openat', 'write', 'writev', 'pwrite64', 'fsync', 'fdatasync', 'rename', 'renameat', 'renameat2'];
    // Writes take long: a sync that does not wait for the last one comes too early.
    const inject = ['write:delay_enter=1000'];
    const [command, ...args] = strace({ output: at('calls'), calls: traced, inject });
    const script = join(import.meta.dirname, 'exportSome.ts');
    await run(command!, [...args, process.execPath, script, at('data'), at('out'), at('keys')]);
    calls = callsIn(at('calls'));
  }, 60_000);
  afterAll(() => home.remove());

  straced('each batch, with all its lines and its name', async () => {
    const { batches } = await readManifest(at('out'));
    expect(batches.length).toBeGreaterThan(3);
    // The first one says that there is no batch yet.
    const said = renamesTo(at('out', 'unfinished.json')).slice(1);
    expect(said).toHaveLength(batches.length);
    for (const [i, { file }] of batches.entries()) {
      const path = at('out', file);
      const written = writesTo(path).at(-1)!.ended;
      expect(isSynced(path, written, said[i]!.began)).toBe(true);
      expect(isSynced(at('out'), written, said[i]!.began)).toBe(true);
    }
  });

  straced('what it says, before that gets its name, and the name', async () => {
    for (const name of ['unfinished.json', 'manifest.json']) {
      const draft = `${at('out', name)}.new`;
      const [written, said] = [writesTo(draft), renamesTo(at('out', name))];
      expect(said.length).toBeGreaterThan(0);
      for (const [i, { began, ended }] of said.entries()) {
        expect(isSynced(draft, written[i]!.ended, began)).toBe(true);
        expect(isSynced(at('out'), ended, said[i + 1]?.began ?? Number.POSITIVE_INFINITY)).toBe(true);
      }
    }
  });

  straced('every file and every key, before the manifest', async () => {
    const manifest = renamesTo(at('out', 'manifest.json'))[0]!;
    const contents = (await readdir(at('out', 'blobs'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(contents).toHaveLength(1);
    for (const { parentPath, name } of contents) {
      const renamed = renamesTo(join(parentPath, name))[0]!;
      const temporary = /"([^"]+)"/.exec(renamed.args)![1]!;
      expect(isSynced(temporary, writesTo(temporary).at(-1)!.ended, renamed.began)).toBe(true);
      expect(isSynced(parentPath, renamed.ended, manifest.began)).toBe(true);
    }
    const keys = at('keys', 'keys.db');
    expect(isSynced(keys, writesTo(keys).at(-1)!.ended, manifest.began)).toBe(true);
  });
});

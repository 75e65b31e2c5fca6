// The secret changes: what the server signed before stays good, and each key is recorded once.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createVerifier } from '../../src/auth/signing.ts';
import { isGoodSeal } from '../../src/commands/seals.ts';
import type { Seal } from '../../src/domain/seal.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';

const [OLD, NEW] = ['the old secret of this server: long', 'the new secret of this server: long'];

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let program: Program;
const at = (name: string): string => join(home.path, name);
const run = async (secret: string, ...args: readonly string[]) => {
  const { code, out, err } = await runVerbHere(args, { DATA_DIR: at('data'), AUTH_SECRET: secret });
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return out.trim();
};
/** What the server signs, of each kind. */
const signs = async (secret: string, name: string) => {
  program = await startProgram({ dataDir: at('data'), settings: { AUTH_SECRET: secret } });
  const { id } = await program.person(name);
  await program.settled();
  const certificate = (await run(secret, 'erase', '--now', id)).split('\n').at(-1)!;
  await run(secret, 'export', at(`${name} whole`));
  await run(secret, 'export', at(`${name} alone`), '--person', id);
  const seal: Seal = JSON.parse(await run(secret, 'seal'));
  const keys = (await program.call('GET', '/v1/audit/keys')).json.items;
  await program.close();
  return { certificate, seal, keys, name };
};
let signed: Awaited<ReturnType<typeof signs>>[];

beforeAll(async () => {
  home = await temporaryDirectory();
  signed = [];
  for (const [secret, name] of [
    [OLD, 'ann'],
    [`${NEW},${OLD}`, 'ben'],
    [NEW, 'cat'],
    [OLD, 'dan'],
  ] as const)
    signed.push(await signs(secret, name));
});
afterAll(() => home.remove());

test('each key is recorded once, before whatever it signed, and published', async () => {
  expect(signed.map(({ keys }) => keys.length)).toEqual([1, 2, 2, 2]);
  const [first, second] = signed.map(({ seal }) => seal.kid);
  expect(signed.map(({ seal }) => seal.kid)).toEqual([first, second, second, first]);
  expect(signed.at(-1)!.keys.map(({ kid }: { kid: string }) => kid)).toEqual([second, first]);
});

test('old seals and certificates are good by the keys that are published now', async () => {
  const verifier = createVerifier();
  for (const key of signed.at(-1)!.keys) verifier.add(key);
  for (const { seal, certificate } of signed) {
    expect(await isGoodSeal(verifier, seal)).toBe(true);
    expect(JSON.parse((await verifier.read('certificate', certificate))!.payload)).toMatchObject({ erased: 'person' });
  }
  expect(await run(OLD!, 'verify')).toContain('4 seals');
});

test('old exports are good: of the log by its own events, of a person by the keys of the server, and not by others', async () => {
  const [trusted, older] = [at('keys.json'), at('older.json')];
  await writeFile(trusted, JSON.stringify({ items: signed.at(-1)!.keys }));
  await writeFile(older, JSON.stringify({ items: signed[0]!.keys }));
  const refused = async (folder: string, says: string) =>
    expect(await runVerbHere(['verify', at(folder), '--trusted', older], {})).toMatchObject({
      code: 1,
      err: expect.stringContaining(says),
    });
  for (const { name, seal } of signed) {
    expect(await run(OLD!, 'verify', at(`${name} whole`))).toContain(`all fit. ${seal.kid} signed it`);
    expect(await run(OLD!, 'verify', at(`${name} alone`))).toContain('Who signed it was not checked');
    for (const kind of ['whole', 'alone'])
      expect(await run(OLD!, 'verify', at(`${name} ${kind}`), '--trusted', trusted)).toContain('which you trust');
  }
  await refused('ben whole', `the key ${signed[1]!.seal.kid} is not one that you trust`);
  await refused('ben alone', 'a key signed it that you do not trust');
});

const python = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!python)('a page of Python checks manifests and certificates, too (skipped: no python3)', async () => {
  const [certificate, keys, manifest] = [at('ann.jwt'), at('all.json'), at('ben alone/manifest.json')];
  await writeFile(certificate, signed[0]!.certificate);
  await writeFile(keys, JSON.stringify({ items: signed.at(-1)!.keys }));
  const script = new URL('../../docs/check_proof.py', import.meta.url).pathname;
  const check = (file: string) => execFileSync('python3', [script, file, keys], { encoding: 'utf8', stdio: 'pipe' });
  expect(check(certificate)).toContain('"erased":"person"');
  expect(check(manifest)).toContain(`good: ${signed[1]!.seal.kid} signed the manifest`);
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"missing": []', '"missing": ["x"]'));
  expect(() => check(manifest)).toThrow('the signature is not good');
});

test('an export with another secret than that of the server is refused, since nobody could check it', async () => {
  program = await startProgram({ dataDir: at('data'), settings: { AUTH_SECRET: OLD! } });
  const env = { DATA_DIR: at('data'), AUTH_SECRET: 'a third secret that nobody knows: long' };
  expect(await runVerbHere(['export', at('third')], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('is not the one that the server signs with'),
  });
  await program.close();
});

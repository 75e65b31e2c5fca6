// The command line erases people, whether a server runs or not.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { isDistributed } from '../support/stores.ts';

const NOBODY = '00000000-0000-4000-8000-000000000009';

describe.skipIf(isDistributed)('erase', () => {
  let dataDir: string;
  let program: Program;
  let ann: Person;
  let ben: Person;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'verbatim-erase-'));
    program = await startProgram({ dataDir });
    [ann, ben] = [await program.person('ann'), await program.person('ben')];
  });
  afterAll(async () => {
    await program.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const run = (...args: string[]) => runVerbHere(['erase', ...args], { DATA_DIR: dataDir });
  const me = async ({ token }: Person) => (await program.call('GET', '/v1/me', { token })).status;

  test('says until when it can be taken back, and takes it back', async () => {
    const { code, out } = await run('ann');
    expect([code, out]).toEqual([0, expect.stringMatching(/^ann is erased at \d{4}-.*--take-back ann/)]);
    // Asked again, it is the same request.
    expect((await run('ann')).out).toBe(out);
    expect(await me(ann)).toBe(200);
    expect(await run('--take-back', 'ann')).toMatchObject({ code: 0, out: 'ann is not erased\n' });
    expect(await run('--take-back', 'ann')).toMatchObject({ code: 1, err: expect.stringContaining('Nobody asked') });
  });

  test('what was asked here is taken back over HTTP, and the other way round', async () => {
    const take = () => program.call('DELETE', `/v1/erasures/${ann.id}`, { token: ann.token });
    await run('ann');
    expect((await take()).status).toBe(204);
    expect((await program.call('DELETE', '/v1/me?erase=true', { token: ann.token, json: {} })).status).toBe(202);
    expect((await run('--take-back', ann.id)).code).toBe(0);
    expect((await take()).json.code).toBe('erasure-unknown');
  });

  test.each(['nobody', NOBODY])('says that %s is unknown', async (name) => {
    for (const args of [[name], ['--now', name]])
      expect(await run(...args)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/no account|no such user/),
      });
  });

  test('erases nobody by the id of one account that another one has as username', async () => {
    const { token, id } = await program.person(ben.id);
    for (const args of [[ben.id], ['--now', ben.id], ['--take-back', ben.id]])
      expect(await run(...args)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('the id of one account and the username of another'),
      });
    expect((await run('ben')).code).toBe(0);
    expect((await run('--take-back', 'ben')).code).toBe(0);
    expect((await run(id)).code).toBe(0);
    expect((await program.call('DELETE', `/v1/erasures/${id}`, { token })).status).toBe(204);
    await program.call('DELETE', '/v1/me', { token, json: {} });
  });

  test('erases at once beside a running server, and shows the certificate, each time', async () => {
    await run('ann');
    const { code, out } = await run('--now', 'ann');
    const certificate = decodeJwt(out.trim());
    expect([code, certificate]).toMatchObject([0, { erased: 'person', targetId: ann.id, requestedBy: null }]);
    expect(await me(ann)).toBe(401);
    expect(await run('ann')).toMatchObject({ code: 1, err: expect.stringContaining("no account 'ann'") });
    expect((await run(ann.id)).out).toBe(out);
    expect(await run('--take-back', ann.id)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/begun|late|started/),
    });
  });

  test('erases without a server', async () => {
    await program.close();
    try {
      const { code, out } = await run('--now', 'ben');
      expect([code, decodeJwt(out.trim()).targetId]).toEqual([0, ben.id]);
    } finally {
      program = await startProgram({ dataDir });
    }
    const again = await program.person('ben');
    expect((await program.call('GET', `/v1/users/${ben.id}`, { token: again.token })).json).toMatchObject({
      deleted: true,
      username: null,
    });
  });
});

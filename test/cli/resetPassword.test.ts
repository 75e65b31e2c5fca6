import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { meta } from '../support/core.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';

const lines: Record<string, unknown>[] = [];
let program: Program;
beforeAll(async () => {
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
  program = await startProgram({ log });
});
afterAll(() => program.close());

const run = (...args: string[]) =>
  runVerbHere(['reset-password', ...args], { DATA_DIR: program.dataDir, PUBLIC_URL: 'https://chat.example.org' });

test('an operator makes a link beside the running server, and the owner of the account sets a password by it', async () => {
  const { id, token } = await program.person('ann');
  const { code, out } = await run('ANN');
  expect(code).toBe(0);
  // Whoever has the link has the account: those who guard the server learn of it.
  expect(lines).toContainEqual(
    expect.objectContaining({
      security: 'reset-link-made',
      userId: id,
      actorId: null,
      requestId: expect.stringMatching(/^reset-password [\w-]{36}$/),
    }),
  );
  const [made] = await program.services.events.readStream(`security-${id}`);
  expect([made?.type, made?.data]).toEqual(['ResetLinkMade', JSON.stringify({ userId: id })]);
  const [, link = ''] = /^https:\/\/chat\.example\.org\/reset-password#(\S+)\n$/.exec(out) ?? [];
  const reset = () => program.call('PUT', '/v1/password-resets', { json: { token: link, password: 'battery staple' } });
  expect((await reset()).status).toBe(204);
  expect((await reset()).json.code).toBe('link-invalid');
  expect((await program.call('GET', '/v1/me', { token })).status).toBe(401);
  const signIn = (password: string) => program.call('POST', '/v1/sessions', { json: { login: 'ann', password } });
  expect((await signIn('battery staple')).json.user.id).toBe(id);
  expect((await signIn(PASSWORD)).status).toBe(401);
});

test('where PUBLIC_URL is not set, it says that the link needs the address of the server', async () => {
  await program.person('dan');
  const where = { DATA_DIR: program.dataDir, HOST: '0.0.0.0', PORT: '0' };
  const hint = 'in place of http://0.0.0.0:0 write the address at which the owner reaches the server';
  expect(await runVerbHere(['reset-password', 'dan'], where)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^http:\/\/0\.0\.0\.0:0\/reset-password#\S+\n$/),
    err: expect.stringContaining(hint),
  });
  expect((await run('dan')).err).not.toContain('PUBLIC_URL');
});

test('without a name, or for a name that no account has, it says so', async () => {
  await program.person('ben').then(({ token }) => program.call('DELETE', '/v1/me', { token }));
  expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining("missing required argument 'name'") });
  for (const name of ['nobody', 'ben'])
    expect(await run(name)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`no account '${name}'`) });
});

test('for a suspended account it makes no link, since none would work', async () => {
  const { id } = await program.person('sue');
  await suspendUser(program.services.core, meta(), { userId: id });
  expect(await run('sue')).toMatchObject({ code: 1, out: '', err: expect.stringContaining("'sue' is suspended") });
});

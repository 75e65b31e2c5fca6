// Who may register, in every API: each refuses with a body in its own style.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeInvitation } from '../../src/commands/makeInvitation.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { meta } from '../support/core.ts';
import { PASSWORD, type Program, startProgram } from '../support/program.ts';
import { foreignRegistrations } from '../support/registrations.ts';

const registrations: typeof foreignRegistrations = [
  ['/v1/users', (username) => ({ username, password: PASSWORD })],
  ...foreignRegistrations,
];

const bodies: Readonly<Record<string, readonly [closed: object, missing: object, wrong: object]>> = {
  '/v1/users': [
    { code: 'registration-closed' },
    { code: 'invitation-required', errors: [{ field: 'invitation' }] },
    { code: 'invitation-invalid', errors: [{ field: 'invitation' }] },
  ],
  '/solari/api/register/': [
    { message: 'Registration is closed.' },
    { message: 'invitation: This field is required.', invitation: ['This field is required.'] },
    { message: 'invitation: This invitation is not valid.', invitation: ['This invitation is not valid.'] },
  ],
  others: [
    { detail: 'Registration is closed.' },
    { invitation: ['This field is required.'] },
    { invitation: ['This invitation is not valid.'] },
  ],
};

let program: Program;
const at = (registration: string) =>
  beforeAll(async () => {
    program = await startProgram({ settings: { REGISTRATION: registration } });
  });
const stop = () => afterAll(() => program.close());

/** The code of an invitation for one account. */
const invited = async (): Promise<string> => {
  const { core } = program.services;
  const { userId } = await registerUser(core, meta(), { username: `admin-${core.newId()}` });
  await program.grant(userId, 'admin');
  const { invitationId } = await makeInvitation(core, meta(userId), {});
  return core.tokens.invitation(invitationId);
};

const register = (path: string, json: object) => program.call('POST', path, { json });

describe('nobody registers where it is closed', () => {
  at('closed');
  stop();
  test.each(registrations)('%s', async (path, form) => {
    const { status, json } = await register(path, form('a'));
    expect(status).toBe(403);
    expect(json).toMatchObject((bodies[path] ?? bodies.others!)[0]);
    // Whatever else is wrong with the form.
    expect((await register(path, {})).status).toBe(path === '/v1/users' ? 400 : 403);
  });
});

describe('only who is invited registers', () => {
  at('invited');
  stop();
  test.each(registrations)('%s', async (path, form) => {
    const [, missing, wrong] = bodies[path] ?? bodies.others!;
    expect((await register(path, form('b'))).json).toMatchObject(missing);
    expect((await register(path, { ...form('b'), invitation: 'inv_x' })).json).toMatchObject(wrong);
    const invitation = await invited();
    const { status } = await register(path, { ...form(path.slice(1, 4)), invitation });
    expect(status).toBe(201);
    expect((await register(path, { ...form('c'), invitation })).json).toMatchObject(wrong);
  });
});

describe('who loses both names to somebody faster gets both errors, in the order of the form', () => {
  at('open');
  stop();
  /** `looks`: how often the request asks whether the password is common; after the last time it claims its names. */
  test.each([
    ['/django-chat/api/register/', 1, ['username', 'email']],
    ['/thanchat/userauth/users/', 2, ['email', 'username']],
    ['/silicornya/registration/', 3, ['username', 'email']],
  ])('%s', async (path, looks, inOrder) => {
    const [, form] = foreignRegistrations.find(([one]) => one === path)!;
    const { passwords } = program.services.core;
    const { isCommon } = passwords;
    const username = path.slice(1, 5);
    const faster = vi.spyOn(passwords, 'isCommon');
    for (let look = 1; look < looks; look++) faster.mockImplementationOnce(isCommon);
    faster.mockImplementationOnce(async (...given) => {
      expect((await register('/v1/users', { username, email: `${username}@x.io`, password: PASSWORD })).status).toBe(
        201,
      );
      return isCommon(...given);
    });
    const { status, json } = await register(path, form(username));
    faster.mockRestore();
    expect([status, Object.keys(json)]).toEqual([400, inOrder]);
  });
});

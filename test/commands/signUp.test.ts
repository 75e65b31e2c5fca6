import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Core } from '../../src/commands/core.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { makeInvitation } from '../../src/commands/makeInvitation.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { revokeRole } from '../../src/commands/revokeRole.ts';
import { signUp } from '../../src/commands/signUp.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { withdrawInvitation } from '../../src/commands/withdrawInvitation.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { recorded } from '../support/log.ts';

const admin = async ({ core, person }: Pick<World, 'core' | 'person'>): Promise<string> => {
  const ann = await person('ann');
  await grantRole(core, meta(), { userId: ann, role: 'admin' });
  return ann;
};

describe('making an invitation', () => {
  commandRules(makeInvitation, {
    taken: async (world) => [await admin(world), {}],
    records: ['InvitationMade'],
    again: ['InvitationMade'],
    refused: { 'only an admin invites': ['not-permitted', async ({ person }) => [await person('ben'), {}]] },
  });
});

describe('withdrawing an invitation', () => {
  const made = async (world: World) => {
    const ann = await admin(world);
    const { invitationId } = await makeInvitation(world.core, meta(ann), {});
    return { ann, invitationId };
  };
  commandRules(withdrawInvitation, {
    taken: async (world) => {
      const { ann, invitationId } = await made(world);
      return [ann, { invitationId }];
    },
    records: ['InvitationWithdrawn'],
    refused: {
      'only an admin withdraws': [
        'not-permitted',
        async (world) => [await world.person('ben'), { invitationId: (await made(world)).invitationId }],
      ],
      'there is one to withdraw': [
        'invitation-unknown',
        async (world) => [await admin(world), { invitationId: '00000000-0000-4000-8000-000000000009' }],
      ],
    },
  });
});

describe('registering', () => {
  let program: TestCore;
  let invited: Core;
  let closed: Core;
  beforeAll(async () => {
    program = await openCore();
    invited = { ...program.core, registration: 'invited' };
    closed = { ...program.core, registration: 'closed' };
  });
  afterAll(() => program.dispose());

  const invite = async (wish = {}) => {
    const userId = await program.person(`admin${Math.random()}`);
    await grantRole(program.core, meta(), { userId, role: 'admin' });
    const { invitationId } = await makeInvitation(program.core, meta(userId), wish);
    return { userId, invitationId, invitation: program.core.tokens.invitation(invitationId) };
  };

  test('is open to everybody, with or without an invitation', async () => {
    await signUp(program.core, meta(), { username: 'open1' });
    await signUp(program.core, meta(), { username: 'open2', invitation: 'anything' });
  });

  test('is closed to strangers, who do not learn which names are taken, but not to the program itself', async () => {
    const { invitation } = await invite();
    for (const wish of [{ username: 'shut' }, { username: 'open1' }, { username: 'shut', invitation }])
      await expect(signUp(closed, meta(), wish)).rejects.toThrow('registration-closed');
    await registerUser(closed, meta(), { username: 'imported' });
  });

  test('by an invitation ends when its admin is suspended, deleted, or no admin any more', async () => {
    const { core } = program;
    const endings: readonly ((userId: string) => Promise<unknown>)[] = [
      (userId) => suspendUser(core, meta(), { userId }),
      (userId) => revokeRole(core, meta(), { userId, role: 'admin' }),
      (userId) => deleteUser(core, { ...meta(userId), signedInAt: new Date() }, {}),
    ];
    for (const [n, end] of endings.entries()) {
      const { userId, invitation } = await invite({ uses: 2 });
      await signUp(invited, meta(), { username: `before${n}`, invitation });
      await end(userId);
      const late = signUp(invited, meta(), { username: `after${n}`, invitation });
      await expect(late).rejects.toThrow('invitation-invalid');
    }
  });

  test('needs an invitation, which is good for so many accounts at once or one after the other', async () => {
    const { invitation, invitationId } = await invite({ uses: 2 });
    await expect(signUp(invited, meta(), { username: 'guest' })).rejects.toThrow('invitation-required');
    await expect(signUp(invited, meta(), { username: 'open1', invitation: `${invitation}x` })).rejects.toThrow(
      'invitation-invalid',
    );
    const guests = await Promise.allSettled(
      [1, 2, 3, 4].map((n) => signUp(invited, meta(), { username: `guest${n}`, invitation })),
    );
    expect(guests.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    const used = await recorded(program.stores.events, 'InvitationUsed');
    expect(used.filter(({ data }) => data.invitationId === invitationId)).toHaveLength(2);
  });

  test('is not refused to somebody whose first attempt broke off, and a taken name uses up nothing', async () => {
    const { invitation, userId, invitationId } = await invite();
    await expect(signUp(invited, meta(), { username: 'open1', invitation })).rejects.toThrow('username-taken');
    const keyed = meta(null, { key: 'k', hash: 'h' });
    const wish = { username: 'broken-off', invitation };
    const hash = () => Promise.reject(new Error('the process ends'));
    const transact = (async (aggregate, id, ...rest) => {
      if (id.length === 36 && aggregate.stream('') === 'user-') await hash();
      return program.core.ledger.transact(aggregate, id, ...rest);
    }) as Core['ledger']['transact'];
    const ending = { ...invited, ledger: { ...program.core.ledger, transact } };
    await expect(signUp(ending, keyed, wish)).rejects.toThrow('the process ends');
    await expect(signUp(invited, meta(), { username: 'another', invitation })).rejects.toThrow('invitation-invalid');
    await signUp(invited, keyed, wish);
    await withdrawInvitation(program.core, meta(userId), { invitationId });
  });

  test('is refused once the invitation is withdrawn', async () => {
    const { invitation, userId, invitationId } = await invite({ uses: 5 });
    await signUp(invited, meta(), { username: 'early', invitation });
    await withdrawInvitation(program.core, meta(userId), { invitationId });
    await expect(signUp(invited, meta(), { username: 'late', invitation })).rejects.toThrow('invitation-invalid');
  });
});

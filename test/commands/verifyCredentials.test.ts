import { expect, test } from 'vitest';
import { Busy } from '../../src/auth/workerPool.ts';
import { claimId } from '../../src/commands/claims.ts';
import { mailReset } from '../../src/commands/mailedLinks.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { nameless, verifyCredentials } from '../../src/commands/verifyCredentials.ts';
import { claimName, claims } from '../../src/domain/claim.ts';
import { users } from '../../src/domain/user.ts';
import { TooManyRequests } from '../../src/limits/limits.ts';
import type { Letter, Mail } from '../../src/mail/mail.ts';
import { accounts } from '../support/accounts.ts';
import { meta, plainMeta } from '../support/core.ts';
import { instead } from '../support/instead.ts';

const { register, enter, program } = accounts();

test('unknown account and wrong password are the same refusal', async () => {
  await register('jan');
  await expect(enter('jan', 'wrong')).rejects.toThrow('credentials-wrong');
  await expect(enter('nobody')).rejects.toThrow('credentials-wrong');
  expect((await enter('JAN@example.com')).names.username).toBe('jan');
});

test('a username that is somebody else’s phone number locks neither out', async () => {
  const { core } = program();
  // As accounts were registered before such usernames were refused.
  const numbered = { username: 'owner', email: 'owner@example.com', phone: '+49 30 7654321' };
  await registerUser(core, meta(), { ...numbered, password: 'battery staple', firstName: 'Owner' });
  const squatter = await register('squat');
  await core.ledger.transact(users, squatter.userId, plainMeta(), () => [
    { type: 'UsernameChanged', data: { userId: squatter.userId, username: '+49 30 7654321' } },
  ]);
  await core.ledger.transact(claims, claimId(core.pseudonym, 'username', '+49 30 7654321'), plainMeta(), (claim) =>
    claimName(claim, 'username', squatter.userId, 0),
  );
  const by = ['username', 'phone'] as const;
  const enterAs = (password: string) => verifyCredentials(core, meta(), { name: '+49 30 7654321', password, by });
  expect((await enterAs('battery staple')).profile.firstName).toBe('Owner');
  expect((await enterAs('correct horse')).userId).toBe(squatter.userId);
  await expect(enterAs('neither of them')).rejects.toThrow('credentials-wrong');
  // A link to set a forgotten password goes to both, however full the queue is.
  const letters: (() => Promise<readonly Letter[]>)[] = [];
  const post = (_: string, write: () => Promise<readonly Letter[]>) => letters.push(write);
  const mail = { post, link: (page: string) => page } as unknown as Mail;
  mailReset(core, mail, meta(), '+49 30 7654321', by);
  const sentTo = await letters[0]!();
  expect(sentTo.map(({ to }) => to)).toEqual(['squat@example.com', 'owner@example.com']);
  expect(letters).toHaveLength(1);
  // Even while too many have guessed at the other one.
  const checked: (string | null)[] = [];
  const guarded = {
    ...core,
    limits: instead(core.limits, {
      count: (costs, client) => {
        if ('guesses' in costs) checked.push(client.actorId);
        if (client.actorId === squatter.userId) throw new TooManyRequests({ name: 'guesses', quota: 1, window: 1 }, 1);
        return core.limits.count(costs, client);
      },
    }),
  };
  const again = (password: string) => verifyCredentials(guarded, meta(), { name: '+49 30 7654321', password, by });
  expect((await again('battery staple')).profile.firstName).toBe('Owner');
  await expect(again('neither of them')).rejects.toThrow(TooManyRequests);
});

test('of a name that is longer than any, only the beginning is looked at and counted', () => {
  const { core } = program();
  const digits = '1'.repeat(320);
  expect(nameless(core, `${digits}x`)).toBe(nameless(core, `${digits}5`));
});

test('a right password enters while too many wait for a hash at a new cost, which the next sign-in makes', async () => {
  const { userId } = await register('uli');
  const { core } = program();
  const costly = { ...core, passwords: { ...core.passwords, needsRehash: () => true } };
  const crowded: typeof costly = {
    ...costly,
    passwords: {
      ...costly.passwords,
      hash: async () => {
        throw new Busy('too many wait');
      },
    },
  };
  const enterBy = (by: typeof core) =>
    verifyCredentials(by, meta(), { name: 'uli', password: 'correct horse', by: ['username'] });
  const hashOf = async () => (await core.ledger.load(users, userId)).passwordHash;
  const before = await hashOf();
  expect((await enterBy(crowded)).userId).toBe(userId);
  expect(await hashOf()).toBe(before);
  await enterBy(costly);
  expect(await hashOf()).not.toBe(before);
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admitOutsideUser } from '../../src/commands/admitOutsideUser.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { noteSignIn } from '../../src/commands/noteSignIn.ts';
import { Refused } from '../../src/domain/refused.ts';
import { fresh, meta, openCore, type TestCore } from '../support/core.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const admit = (userId: string, more = {}) =>
  admitOutsideUser(program.core, meta(), { issuer: 'elsewhere', userId, firstName: 'Sara', ...more });
const docOf = async (userId: string) => {
  await program.settled();
  return program.queries.user(userId);
};
const streamOf = (userId: string) => program.stores.events.readStream(`user-${userId}`);

test('who is named for the first time gets an account of that very id', async () => {
  const userId = randomUUID();
  await admit(userId, { nationalCode: '2240175931', avatar: 'https://x.org/a', superuser: true });
  expect(await docOf(userId)).toMatchObject({
    externalId: `elsewhere|${userId}`,
    firstName: 'Sara',
    lastName: '',
    nationalCode: '2240175931',
    avatar: 'https://x.org/a',
    outsideSuperuser: true,
    isAdmin: false,
  });
});

test('an account follows what is said of it, and what is not said stays', async () => {
  const userId = randomUUID();
  await admit(userId, { lastName: 'Rad', superuser: true });
  await admit(userId, { firstName: 'Zahra' });
  expect(await docOf(userId)).toMatchObject({ firstName: 'Zahra', lastName: 'Rad', outsideSuperuser: false });
});

test('the same said again records nothing', async () => {
  const userId = randomUUID();
  await admit(userId);
  const before = await streamOf(userId);
  await admit(userId);
  expect(await streamOf(userId)).toEqual(before);
});

test('many first requests at once make one account', async () => {
  const userId = randomUUID();
  const admitted = await Promise.all(Array.from({ length: 8 }, () => admit(userId)));
  expect(new Set(admitted.map(({ user }) => user.userId))).toEqual(new Set([userId]));
  expect(await streamOf(userId)).toHaveLength(1);
});

test('an outside sign-on cannot take over an account that does not come from it', async () => {
  const own = await program.person('omid');
  await expect(admit(own)).rejects.toThrow(new Refused('signed-out'));
  const theirs = randomUUID();
  await admit(theirs);
  await expect(admit(theirs, { issuer: 'another' })).rejects.toThrow(new Refused('signed-out'));
});

test('an account that has ended is not opened again', async () => {
  const userId = randomUUID();
  await admit(userId);
  await deleteUser(program.core, fresh(userId), {});
  await expect(admit(userId)).rejects.toThrow(new Refused('signed-out'));
  expect(await docOf(userId)).toMatchObject({ deleted: true, outsideSuperuser: false });
});

test('a first log-in is noted', async () => {
  const userId = randomUUID();
  await admit(userId);
  expect((await docOf(userId))?.lastLoginAt).toBeNull();
  await noteSignIn(program.core, meta(userId));
  expect((await docOf(userId))?.lastLoginAt).not.toBeNull();
});

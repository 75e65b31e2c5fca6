import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../src/commands/authenticate.ts';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { claimId } from '../../src/commands/claims.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import { signOut } from '../../src/commands/signOut.ts';
import { verifyCredentials } from '../../src/commands/verifyCredentials.ts';
import { claims } from '../../src/domain/claim.ts';
import { Refused } from '../../src/domain/refused.ts';
import { users } from '../../src/domain/user.ts';
import { elsewhereOn, fresh, meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { recorded } from '../support/log.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const register = (name: string, more = {}) =>
  registerUser(program.core, meta(), {
    username: name,
    email: `${name}@example.com`,
    password: 'correct horse',
    ...more,
  });
const enter = (name: string, password = 'correct horse') =>
  verifyCredentials(program.core, meta(), { name, password, by: ['email', 'username'] });
const authenticator = () =>
  createAuthenticator(program.core, async (hash) => (await program.queries.userOfKey(hash))?.userId);

describe('registering', () => {
  test('names are unique, however they are spelled, and all that are taken are told at once', async () => {
    await register('Dora', { phone: '+1 555 0100' });
    const again = register('x', { username: ' dORA'.trim(), email: 'DORA@example.COM', phone: '+1-555-0100' });
    await expect(again).rejects.toThrow(Refused);
    await again.catch(({ refusals }: Refused) =>
      expect(refusals).toEqual([
        { code: 'email-taken', field: 'email' },
        { code: 'username-taken', field: 'username' },
        { code: 'phone-taken', field: 'phone' },
      ]),
    );
  });

  test('a contact phone is shown as the phone, belongs to nobody alone, and signs nobody in', async () => {
    const { core } = program;
    const { userId: quinn } = await register('quinn', { contactPhone: '555 0199 ext. 7' });
    const { userId: ravi } = await register('ravi', { contactPhone: '555 0199 ext. 7' });
    const { userId: sven } = await register('sven', { phone: '+1 555 0102' });
    await changeAccount(core, fresh(ravi), { contactPhone: '+1 555 0102' });
    const phones = await Promise.all(
      [quinn, ravi, sven].map(async (userId) => (await core.ledger.load(users, userId)).names.phone),
    );
    expect(phones).toEqual(['555 0199 ext. 7', '+1 555 0102', '+1 555 0102']);
    const byPhone = { name: '+1 555 0102', password: 'correct horse', by: ['phone'] as const };
    expect((await verifyCredentials(core, meta(), byPhone)).userId).toBe(sven);
    await expect(register('tess', { phone: '+1 555 0102' })).rejects.toThrow('phone-taken');
  });

  test('a contact phone that is then given as the phone is the account’s alone, and signs in, unless it is taken', async () => {
    const { core } = program;
    const { userId: uma } = await register('uma', { contactPhone: '+1 555 0103' });
    const { userId: vic } = await register('vic', { contactPhone: '+1 555 0103' });
    await changeAccount(core, fresh(uma), { phone: '+1 555 0103' });
    const byPhone = { name: '+1 555 0103', password: 'correct horse', by: ['phone'] as const };
    expect((await verifyCredentials(core, meta(), byPhone)).userId).toBe(uma);
    await expect(changeAccount(core, fresh(vic), { phone: '+1 555 0103' })).rejects.toThrow('phone-taken');
    await changeAccount(core, fresh(uma), { phone: '+1 555 0103' });
  });

  test('a name is kept from those that look like it as it is written, until its owner gives it up', async () => {
    const { core } = program;
    const { userId } = await register('PauI');
    await expect(register('Paul', { email: null })).rejects.toThrow('username-taken');
    await expect(register('paui', { email: null })).rejects.toThrow('username-taken');
    await changeAccount(core, fresh(userId), { username: 'paui' });
    await register('Paul');
    await expect(changeAccount(core, fresh(userId), { username: 'PauI' })).rejects.toThrow('username-taken');
  });

  test('of ten racing registrations with one name, one wins', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => register(`racer`, { email: `racer${i}@example.com` })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect((result.reason as Refused).code).toBe('username-taken');
  });

  test('of racing registrations with the same names, the losers are told all that are taken', async () => {
    const same = { username: 'Same', email: 'same@example.com', phone: '+1 555 0104' };
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => register('same', same)));
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Refused] : []));
    expect(lost).toHaveLength(4);
    for (const { refusals } of lost)
      expect(refusals.map(({ code }) => code)).toEqual(['email-taken', 'username-taken', 'phone-taken']);
  });

  test('a crash between the claim and the registration heals', async () => {
    const { ledger } = program.core;
    const lost = randomUUID();
    await ledger.transact(claims, claimId(program.core.pseudonym, 'username', 'phoenix'), plainMeta(), () => [
      { type: 'NameClaimed', data: { kind: 'username', ownerId: lost } },
    ]);
    const { userId } = await register('phoenix');
    expect((await enter('phoenix')).userId).toBe(userId);
    // Who was thought dead wakes up, and finds the name gone.
    await expect(register('other', { userId: lost, username: 'phoenix' })).rejects.toThrow('username-taken');
  });

  test('who loses a name while they register is told so: one account goes by it, the log says', async () => {
    const { core, stores } = program;
    const hashing = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = {
      ...core,
      passwords: {
        ...core.passwords,
        hash: async (password: string) => {
          hashing.resolve();
          await goOn.promise;
          return core.passwords.hash(password, null);
        },
      },
    };
    const late = registerUser(slow, meta(), { username: 'contested', password: 'correct horse' });
    const refused = expect(late).rejects.toThrow('username-taken');
    await hashing.promise;
    const { userId } = await register('contested');
    goOn.resolve();
    await refused;
    const named = (await recorded(stores.events, 'UserRegistered')).filter(({ data }) => data.username === 'contested');
    expect(named.map(({ data }) => data.userId)).toEqual([userId]);
  });

  test('a registration repeated under its key is one account', async () => {
    const keyed = meta(null, { key: randomUUID(), hash: 'x' });
    const make = () => registerUser(program.core, keyed, { username: 'twin', password: 'correct horse' });
    const [one, two] = await Promise.all([make(), make()]);
    expect(one.userId).toBe(two.userId);
    expect((await make()).userId).toBe(one.userId);
  });

  test('every account has a number of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, i) => registerUser(program.core, meta(), { username: `numbered${i}` })),
    );
    await program.settled();
    const users = await program.queries.usersById(ids.map(({ userId }) => userId));
    expect(new Set([...users.values()].map(({ number }) => number)).size).toBe(30);
  });
});

describe('changing', () => {
  test('a name given up is free for others', async () => {
    const { userId } = await register('eve');
    await changeAccount(program.core, fresh(userId), { username: 'evelyn', email: 'evelyn@example.com' });
    await expect(enter('eve')).rejects.toThrow('credentials-wrong');
    expect((await enter('evelyn')).userId).toBe(userId);
    await register('eve');
    await expect(changeAccount(program.core, meta(userId), { username: 'EVE' })).rejects.toThrow('username-taken');
    await changeAccount(program.core, meta(userId), { username: 'Evelyn' });
  });

  test('the names of a deleted account are free', async () => {
    const { userId } = await register('finn');
    await deleteUser(program.core, fresh(userId), {});
    await expect(enter('finn')).rejects.toThrow('credentials-wrong');
    await register('finn');
    await expect(changeAccount(program.core, meta(userId), { firstName: 'x' })).rejects.toThrow('signed-out');
  });

  test('two accounts that want each other’s names at once do not both get one', async () => {
    const [gus, hal] = [(await register('gus')).userId, (await register('hal')).userId];
    const results = await Promise.allSettled([
      changeAccount(program.core, meta(gus), { username: 'ivy' }),
      changeAccount(program.core, meta(hal), { username: 'ivy' }),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('signing in', () => {
  test('a ticket lets in once: of two processes at the same moment one, and none after a restart', async () => {
    const { userId } = await register('noa');
    const { sessionId } = await signInAs(program.core, meta(), await enter('noa'));
    const { events } = program.stores;
    const { now } = program.core;
    const elsewhere = createAuthenticator(
      { ...program.core, ...elsewhereOn(events, program.core) },
      async () => undefined,
    );
    const ticket = () => program.core.tokens.ticket({ userId, sessionId }, now());
    const before = await events.head();
    for (let i = 0; i < 20; i++) {
      const one = await ticket();
      const admitted = await Promise.all([authenticator(), elsewhere, elsewhere].map((where) => where.byTicket(one)));
      expect(admitted.filter((identity) => identity !== undefined)).toMatchObject([{ sessionId }]);
    }
    const recorded = await events.readLog(before, 100);
    expect(recorded.map(({ type }) => type)).toEqual(Array.from({ length: 20 }, () => 'TicketUsed'));
    const last = await ticket();
    expect(await authenticator().byTicket(last)).toBeDefined();
    await program.restart();
    expect(await authenticator().byTicket(last)).toBeUndefined();
  });

  test('a ticket is worth nothing, and stays unused, once what it was got with has ended', async () => {
    const { userId } = await register('nev');
    const { sessionId } = await signInAs(program.core, meta(), await enter('nev'));
    const ticket = await program.core.tokens.ticket({ userId, sessionId }, program.core.now());
    await signOut(program.core, meta(userId), { sessionId: sessionId });
    const before = await program.stores.events.head();
    expect(await authenticator().byTicket(ticket)).toBeUndefined();
    expect(await program.stores.events.head()).toBe(before);
  });
});

test('only an admin grants a role', async () => {
  const [ola, pia] = [(await register('ola')).userId, (await register('pia')).userId];
  await expect(grantRole(program.core, meta(ola), { userId: pia, role: 'staff' })).rejects.toThrow('not-permitted');
  await grantRole(program.core, meta(), { userId: ola, role: 'admin' });
  await grantRole(program.core, meta(ola), { userId: pia, role: 'staff' });
  await program.settled();
  expect(await program.queries.user(pia)).toMatchObject({ isStaff: true, isAdmin: false });
});

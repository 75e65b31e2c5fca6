import { describe, expect, test } from 'vitest';
import { deleteUser, grantRole, reinstateUser, revokeRole, suspendUser } from '../../src/domain/administration.ts';
import * as credentials from '../../src/domain/credentials.ts';
import { followOutside } from '../../src/domain/followOutside.ts';
import { changeAccount, register, verifyEmail } from '../../src/domain/ownAccount.ts';
import { accountOf, type User, users } from '../../src/domain/user.ts';
import { holds } from '../../src/domain/userNames.ts';
import { ann, ben, event, given, later, registration, stateOf } from '../support/scenario.ts';

const wish = registration(ann, 'ann');
const registered = event('UserRegistered', wish);

describe('registering', () => {
  test('an account comes into being with its names and profile', () => {
    given(users)
      .when((state) => register(state, wish, []))
      .then(registered);
  });
  test('an account is registered once', () => {
    given(users, registered)
      .when((state) => register(state, wish, []))
      .thenRefused('conflict');
  });
  test('an account has an e-mail address, a username or an outside identity', () => {
    given(users)
      .when((state) => register(state, { ...wish, email: null, username: null }, []))
      .thenRefused('name-required', 'email');
  });
  test('a username that imitates another with letters of another script is refused', () => {
    given(users)
      .when((state) => register(state, { ...wish, username: '\u0430dmin' }, []))
      .thenRefused('username-confusable', 'username');
  });
  test.each(['grace@example.com', '+49 30 1234567'])(
    'a username that reads like the address or the number of somebody is refused, also later: %s',
    (username) => {
      given(users)
        .when((state) => register(state, { ...wish, username, phone: username }, []))
        .thenRefused('username-misleading', 'username');
      given(users, registered)
        .when((state) => changeAccount(state, { username, phone: username, profile: {} }, []))
        .thenRefused('username-misleading', 'username');
    },
  );
  test('a username may be the account’s own address, as long as it is that', () => {
    const named = { ...wish, email: 'Ann@x.org', username: 'ann@X.org' };
    given(users)
      .when((state) => register(state, named, []))
      .then(event('UserRegistered', named));
    given(users, event('UserRegistered', named))
      .when((state) => changeAccount(state, { email: 'ann@new.org', profile: {} }, []))
      .thenRefused('username-misleading', 'username');
  });
  test.each(['ada.lovelace', 'user-1234', '12345', 'a@b', 'ada_1815'])('%s reads like a username', (username) => {
    const renamed = { ...wish, username };
    given(users)
      .when((state) => register(state, renamed, []))
      .then(event('UserRegistered', renamed));
  });
  test('a registration whose name was given to somebody else meanwhile is refused', () => {
    given(users, event('NameForfeited', { claim: 'email-1', turn: 1 }))
      .when((state) => register(state, wish, [{ claim: 'email-1', term: 1 }]))
      .thenRefused('conflict');
  });
});

describe('changing an account', () => {
  test('only what changes is recorded', () => {
    given(users, registered)
      .when((state) =>
        changeAccount(
          state,
          { email: 'ann@new.org', username: 'ann', profile: { firstName: 'Ann', lastName: '' } },
          [],
        ),
      )
      .then(
        event('EmailChanged', { userId: ann, email: 'ann@new.org' }),
        event('ProfileChanged', { userId: ann, changes: { firstName: 'Ann' } }),
      );
  });
  test('a display name and a time zone are recorded, taken back, and gone with the account', () => {
    const called = event('DisplayNameChanged', { userId: ann, displayName: 'Captain' });
    const zoned = event('TimeZoneChanged', { userId: ann, timeZone: 'Europe/London' });
    const wanted = { displayName: 'Captain', timeZone: 'Europe/London', profile: {} };
    given(users, registered)
      .when((state) => changeAccount(state, wanted, []))
      .then(called, zoned);
    given(users, registered, called, zoned)
      .when((state) => changeAccount(state, wanted, []))
      .thenNothing();
    given(users, registered, called)
      .when((state) => changeAccount(state, { displayName: null, profile: {} }, []))
      .then(event('DisplayNameChanged', { userId: ann, displayName: null }));
    const gone = stateOf(users, [registered, called, zoned, event('UserDeleted', { userId: ann })]);
    expect([gone.displayName, gone.timeZone]).toEqual([null, null]);
  });
  test('a change that changes nothing is not recorded', () => {
    given(users, registered)
      .when((state) => changeAccount(state, { profile: { firstName: 'ann' } }, []))
      .thenNothing();
  });
  test('an address is verified once, in any case of its letters, until it changes', () => {
    const verified = event('EmailVerified', { userId: ann, email: 'ann@example.com' });
    given(users, registered)
      .when((state) => verifyEmail(state, 'Ann@Example.com'))
      .then(verified);
    given(users, registered, verified)
      .when((state) => verifyEmail(state, 'ann@example.com'))
      .thenNothing();
    const changed = stateOf(users, [registered, verified, event('EmailChanged', { userId: ann, email: 'b@x.io' })]);
    expect(changed.verifiedEmail).toBeNull();
    given(users, registered, verified, event('EmailChanged', { userId: ann, email: null }))
      .when((state) => verifyEmail(state, 'ann@example.com'))
      .thenRefused('email-not-current', 'email');
  });
  test('the last name cannot be given up', () => {
    given(users, registered)
      .when((state) => changeAccount(state, { email: null, username: null, profile: {} }, []))
      .thenRefused('name-required', 'email');
  });
  test('a deleted account is not changed', () => {
    given(users, registered, event('UserDeleted', { userId: ann }))
      .when((state) => changeAccount(state, { profile: { firstName: 'x' } }, []))
      .thenRefused('user-unknown');
  });
});

describe('passwords and keys', () => {
  const issued = event('KeyIssued', { userId: ann, generation: 1, keyHash: 'key-1' });
  const loggedIn = event('LoggedIn', { userId: ann });
  const revoked = event('KeyRevoked', { userId: ann, generation: 1, keyHash: 'key-1' });
  const hashesOf = (generation: number) => [`key-${generation}`, `older-${generation}`] as const;

  test('a new password ends every session and the key', () => {
    const changed = event('PasswordChanged', { userId: ann, passwordHash: 'new' });
    given(users, registered, issued)
      .when((state) => credentials.changePassword(state, 'new', null))
      .then(changed, revoked);
    expect(stateOf(users, [registered, changed]).epoch).toBe(1);
  });
  test('the key is the same at every log-in', () => {
    given(users, registered)
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(0)))
      .then(issued, loggedIn);
    given(users, registered, issued)
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(0)))
      .then(loggedIn);
  });
  test('the key stays the same while any of the secrets makes it', () => {
    given(users, registered, event('KeyIssued', { userId: ann, generation: 1, keyHash: 'older-1' }))
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(0)))
      .then(loggedIn);
  });
  test('after a log-out the next key is another', () => {
    given(users, registered, issued, revoked)
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(0)))
      .then(event('KeyIssued', { userId: ann, generation: 2, keyHash: 'key-2' }), loggedIn);
  });
  test('a key that the secret no longer makes is replaced', () => {
    const other = { userId: ann, generation: 1, keyHash: 'made with another secret' };
    given(users, registered, event('KeyIssued', other))
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(0)))
      .then(event('KeyRevoked', other), event('KeyIssued', { userId: ann, generation: 2, keyHash: 'key-2' }), loggedIn);
  });
  test('a key that is too old is replaced', () => {
    const { lifetime } = later(0);
    given(users, registered, issued)
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(lifetime - 1)))
      .then(loggedIn);
    given(users, registered, issued)
      .when((state) => credentials.signInWithKey(state, state.epoch, hashesOf, later(lifetime)))
      .then(revoked, event('KeyIssued', { userId: ann, generation: 2, keyHash: 'key-2' }), loggedIn);
  });
  test('who is logged out is not logged out again', () => {
    given(users, registered, issued).when(credentials.revokeKey).then(revoked);
    given(users, registered).when(credentials.revokeKey).thenNothing();
  });
  test('a better hash replaces only the one it was made from', () => {
    given(users, registered)
      .when((state) => credentials.rehashPassword(state, 'hash', 'better'))
      .then(event('PasswordRehashed', { userId: ann, passwordHash: 'better' }));
    given(users, registered)
      .when((state) => credentials.rehashPassword(state, 'another', 'better'))
      .thenNothing();
  });
});

describe('roles and the end', () => {
  test('a role is granted once and revoked once', () => {
    const granted = event('RoleGranted', { userId: ann, role: 'admin', by: ben });
    given(users, registered)
      .when((state) => grantRole(state, 'admin', ben))
      .then(granted);
    given(users, registered, granted)
      .when((state) => grantRole(state, 'admin', ben))
      .thenNothing();
    given(users, registered, granted)
      .when((state) => revokeRole(state, 'admin', ben))
      .then(event('RoleRevoked', { userId: ann, role: 'admin', by: ben }));
    given(users, registered)
      .when((state) => revokeRole(state, 'admin', ben))
      .thenNothing();
  });
  test('an account is suspended once and reinstated once, by an admin or the command line', () => {
    const suspended = event('UserSuspended', { userId: ann, by: ben });
    const reinstated = event('UserReinstated', { userId: ann, by: null });
    given(users, registered, event('KeyIssued', { userId: ann, generation: 1, keyHash: 'key-1' }))
      .when((state) => suspendUser(state, ben))
      .then(suspended, event('KeyRevoked', { userId: ann, generation: 1, keyHash: 'key-1' }));
    given(users, registered, suspended)
      .when((state) => suspendUser(state, ben))
      .thenNothing();
    given(users, registered, suspended)
      .when((state) => reinstateUser(state, null))
      .then(reinstated);
    given(users, registered, suspended, reinstated)
      .when((state) => reinstateUser(state, null))
      .thenNothing();
    given(users, registered, event('UserDeleted', { userId: ann }))
      .when((state) => suspendUser(state, ben))
      .thenRefused('user-unknown');
  });
  test('a suspended account may do nothing, whatever its roles', () => {
    const admin = event('RoleGranted', { userId: ann, role: 'admin' });
    const state = stateOf(users, [registered, admin, event('UserSuspended', { userId: ann, by: ben })]);
    expect(accountOf(state)).toMatchObject({ deleted: true });
    expect(() =>
      credentials.signInWithKey(state, state.epoch, (generation) => [`key-${generation}`], later(0)),
    ).toThrow('account-suspended');
    expect(holds(state, 'email', 'ann@example.com')).toBe(true);
  });
  test('a deleted account is deleted, holds no name and has no role', () => {
    const deleted = event('UserDeleted', { userId: ann });
    given(users, registered).when(deleteUser).then(deleted);
    given(users, registered, deleted).when(deleteUser).thenNothing();
    const state = stateOf(users, [registered, event('RoleGranted', { userId: ann, role: 'admin' }), deleted]);
    expect(holds(state, 'email', 'ann@example.com')).toBe(false);
    expect(state.roles).toEqual([]);
  });
});

describe('an account of an outside sign-on', () => {
  const says = { firstName: 'Anna', nationalCode: '1' };
  test('follows what is said of it', () => {
    given(users, registered)
      .when((state) => followOutside(state, says, true, 0, 0))
      .then(
        event('ProfileChanged', { userId: ann, changes: { firstName: 'Anna', nationalCode: '1' } }),
        event('OutsideRankChanged', { userId: ann, superuser: true }),
      );
  });
  test('what was said before is not recorded again', () => {
    const before = event('OutsideRankChanged', { userId: ann, superuser: true });
    given(users, registered, before)
      .when((state) => followOutside(state, {}, true, 0, 0))
      .thenNothing();
  });
  test('a token is noted with what it changes, the first one, and one that is ahead of our clock', () => {
    const followed = (issuedAt: number) => event('OutsideTokenFollowed', { userId: ann, issuedAt });
    const follow = (name: string, issuedAt: number) => (state: User) =>
      followOutside(state, { firstName: name }, false, issuedAt, 50);
    const changed = event('ProfileChanged', { userId: ann, changes: { firstName: 'Anna' } });
    given(users, registered).when(follow('ann', 10)).then(followed(10));
    given(users, registered, followed(10)).when(follow('ann', 20)).thenNothing();
    given(users, registered, followed(10)).when(follow('Anna', 20)).then(changed, followed(20));
    given(users, registered, followed(10)).when(follow('Anna', 10)).then(changed);
    given(users, registered, followed(10)).when(follow('Anna', 9)).thenNothing();
    given(users, registered, followed(10)).when(follow('ann', 51)).then(followed(51));
    given(users, registered, followed(51)).when(follow('ann', 51)).thenNothing();
  });
  test('being a superuser there gives no role here', () => {
    const state = stateOf(users, [registered, event('OutsideRankChanged', { userId: ann, superuser: true })]);
    expect([state.outsideSuperuser, state.roles]).toEqual([true, []]);
  });
  test('an ended account follows nothing', () => {
    given(users, registered, event('UserDeleted', { userId: ann }))
      .when((state) => followOutside(state, says, true, 0, 0))
      .thenRefused('user-unknown');
  });
  test('a log-in is noted', () => {
    given(users, registered)
      .when(credentials.noteSignIn)
      .then(event('LoggedIn', { userId: ann }));
  });
});

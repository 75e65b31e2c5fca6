import { describe, expect, it } from 'vitest';
import type { Passwords } from '../../../src/auth/passwords.ts';
import { username } from '../../../src/dialects/django/fields.ts';
import { type Attributes, passwordErrors, similarity } from '../../../src/dialects/django/passwordRules.ts';
import { sharedPasswords } from '../../support/program.ts';

const request = { services: { core: { passwords: sharedPasswords() } }, ctx: { state: { address: '192.0.2.1' } } };

const SHORT = 'This password is too short. It must contain at least 8 characters.';
const COMMON = 'This password is too common.';
const NUMERIC = 'This password is entirely numeric.';

describe('a new password', () => {
  it('is looked up when the turn of the client’s address comes', async () => {
    const asked: unknown[] = [];
    const isCommon = async (...given: unknown[]) => asked.push(given) === 0;
    const passwords = { isCommon } as unknown as Passwords;
    await passwordErrors({ ...request, services: { core: { passwords } } }, 'testpass111');
    expect(asked).toEqual([['testpass111', '192.0.2.1']]);
  });

  it.each<[string, string[]]>([
    ['testpass111', []],
    ['correct horse', []],
    ['ünïcödé!', []],
    ['123', [SHORT, COMMON, NUMERIC]],
    ['password', [COMMON]],
    ['Password1', [COMMON]],
    ['12345678', [COMMON, NUMERIC]],
    ['aaaaaaaa', [COMMON]],
    ['87654321', [COMMON, NUMERIC]],
    ['84619347', [NUMERIC]],
    ['۸۴۶۱۹۳۴۷', [NUMERIC]],
    ['²³¹²³¹²²', [NUMERIC]],
    ['😀🐎🎈🌍🍎🚗🏡', [SHORT]],
    ['x1', [SHORT]],
  ])('%j is refused for %j', async (password, texts) => {
    expect(await passwordErrors(request, password)).toEqual(texts);
  });

  const attributes: Attributes = {
    username: 'testuser',
    'first name': 'Lion',
    'last name': '',
    email: 'lion.zoo@chatapp.com',
  };
  it.each([
    ['testuser1', 'username'],
    ['TestUser', 'username'],
    ['resutset', 'username'],
    ['chatapp11', 'email'],
    ['lion.zoo@chatapp', 'email'],
    ['lions', 'first name'],
  ])('%j is too similar to the %s, and only that is told', async (password, name) => {
    const errors = await passwordErrors(request, password, attributes);
    const told = errors.filter((text) => text.includes('similar'));
    expect(told).toEqual([`The password is too similar to the ${name}.`]);
  });

  it.each(['testpass111', 'some other thing'])('%j is similar to nothing of theirs', async (password) => {
    expect(await passwordErrors(request, password, attributes)).toEqual([]);
  });
});

it('two texts are as similar as the characters they share, whatever their order', () => {
  expect(similarity('abc', 'cab')).toBe(1);
  expect(similarity('abcd', 'abxy')).toBe(0.5);
  expect(similarity('a', 'b')).toBe(0);
});

it('a username is of letters, digits and five signs', () => {
  for (const name of ['ann', 'مریم', 'a.b+c-d_e@f', '١٢']) expect(username().parse(name)).toBe(name);
  const invalid = 'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';
  for (const name of ['a b', 'a/b', 'a!'])
    expect(
      username()
        .safeParse(name)
        .error?.issues.map(({ message }) => message),
    ).toEqual([invalid]);
});

// Which passwords are common.

import { dictionary } from '@zxcvbn-ts/language-common';
import { beforeAll, expect, test } from 'vitest';
import { loadCommonPasswords } from '../../src/auth/commonPasswords.ts';

let isCommon: (password: string) => boolean;
beforeAll(async () => {
  isCommon = await loadCommonPasswords();
});

test('of the 3000 that most people have, each is common', () => {
  const long = dictionary['passwords-common'].slice(0, 3000).filter((password) => password.length >= 8);
  expect(long.length).toBeGreaterThan(500);
  // Every fifth: a check takes a millisecond.
  expect(long.filter((password, i) => i % 5 === 0 && !isCommon(password))).toEqual([]);
});

test.each([
  ['in other letter case', 'PassWord'],
  ['with signs in place of letters', 'P@ssw0rd'],
  ['with digits or a sign behind', 'Password123!'],
  ['spelled backwards', 'drowssap'],
  ['twice', 'hushhush'],
  ['one letter', 'aaaaaaaa'],
  ['a piece of the alphabet', 'abcdefgh'],
  ['digits that fall', '87654321'],
  ['a row of keys', 'qwertyuiop'],
  ['a date', '01011980'],
  ['without end', '12345678'.repeat(500)],
])('so are others that are guessed first: %s', (_, password) => {
  expect(isCommon(password)).toBe(true);
});

test.each(['testpass111', 'correct horse', 'battery staple', 'tr0ubadour&3', 'x1', `${'馬'.repeat(4)}鹿山川海`])(
  '%j is not',
  (password) => {
    expect(isCommon(password)).toBe(false);
  },
);

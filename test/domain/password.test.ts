import { expect, test } from 'vitest';
import { checkNewPassword } from '../../src/domain/password.ts';
import { Refused } from '../../src/domain/refused.ts';

test.each(['', 'seven77', '😀😀😀😀😀😀😀', 'e\u0301'.repeat(7), ' seven77\u00a0', '          '])(
  '%j is too short',
  (password) => {
    expect(() => checkNewPassword(password, false)).toThrow(new Refused('password-too-short', 'password'));
  },
);

test.each(['eight888', '😀😀😀😀😀😀😀😀', 'e\u0301'.repeat(8)])('%j is long enough', (password) => {
  expect(() => checkNewPassword(password, false)).not.toThrow();
});

test('a common one is refused, however long', () => {
  expect(() => checkNewPassword('a'.repeat(100), true)).toThrow(new Refused('password-too-common', 'password'));
});

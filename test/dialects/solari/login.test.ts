import { expect, it } from 'vitest';
import { presentLogin } from '../../../src/dialects/solari/wire.ts';
import { type User, users } from '../../../src/domain/user.ts';
import type { UserDoc } from '../../../src/projections/users.ts';

const nobody: User = users.initial();
const flagsOf = (more: Partial<UserDoc>) => {
  const user = { firstName: '', lastName: '', createdAt: '2024-11-13T05:11:49Z', lastLoginAt: null, deleted: false };
  const none = { isAdmin: false, isStaff: false, isAuditor: false };
  const shown = presentLogin({ ...user, ...none, ...more } as UserDoc, null, nobody, 'key');
  return [shown.is_active, shown.is_staff, shown.is_superuser];
};

it('an admin is a superuser and staff, an auditor is neither', () => {
  expect(flagsOf({ isAdmin: true })).toEqual([true, true, true]);
  expect(flagsOf({ isStaff: true })).toEqual([true, true, false]);
  expect(flagsOf({ isAuditor: true })).toEqual([true, false, false]);
  expect(flagsOf({ deleted: true })).toEqual([false, false, false]);
});

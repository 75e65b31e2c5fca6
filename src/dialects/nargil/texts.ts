// The texts of this API, to the letter.

import { ApiError } from '../django/apiErrors.ts';

/** The original's own views answer one text under `error`, without the envelope. */
export const plainError = (status: number, error: string): ApiError => new ApiError(status, { error });

export const isPlainError = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Object.keys(body).join() === 'error';

export const errors = {
  nameTaken: () => plainError(400, 'این نام گروه قبلاً استفاده شده است.'),
  slugTaken: () => plainError(400, 'این نامک قبلاً استفاده شده است.'),
  nameMissing: () => plainError(400, 'نام گروه ارسال نشده است.'),
  typeMissing: () => plainError(400, 'نوع گروه ارسال نشده است.'),
  typeUnknown: () => plainError(400, 'نوع گروه معتبر نیست.'),
  nameTooLong: () => plainError(400, 'نام گروه نباید بیشتر از 100 نویسه باشد.'),
  slugTooLong: () => plainError(400, 'نامک نباید بیشتر از 100 نویسه باشد.'),
  uuidMissing: () => plainError(400, 'UUID کاربر ارسال نشده است.'),
  uuidInvalid: () => plainError(400, 'UUID معتبر نیست.'),
  userUnknown: () => plainError(404, 'کاربر یافت نشد.'),
  changeMissing: () => plainError(400, 'پارامتر add_member یا remove_member ارسال نشده است.'),
  mayNotChangeMembers: () => plainError(403, 'شما اجازه تغییر اعضای این گروه را ندارید.'),
  notInPrivateChat: () => plainError(403, 'You are not a member of this private chat group.'),
} as const;

export const messages = {
  userCreated: 'User data created successfully.',
  userUpdated: 'User data updated successfully.',
  profileFound: 'User Profile Found',
  profilesFound: 'All User Profiles Retrieved',
  added: (first: string, last: string, group: string) =>
    `کاربر با نام ${`${first} ${last}`.trim()} به گروه ${group} اضافه شد.`,
  removed: (nationalCode: string, group: string) => `کاربر با کد ملی ${nationalCode} از گروه ${group} حذف شد.`,
  /** For a user without a national code. */
  removedNamed: (first: string, last: string, group: string) =>
    `کاربر با نام ${`${first} ${last}`.trim()} از گروه ${group} حذف شد.`,
} as const;

/** For a user without any name. */
export const NAMELESS = 'کاربر';

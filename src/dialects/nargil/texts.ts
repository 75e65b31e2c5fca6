// The texts of this API, to the letter.

import { ApiError } from '../django/apiErrors.ts';

/** The original's own views answer one text under `error`, without the envelope around the framework's errors. */
export class PlainError extends ApiError {
  constructor(status: number, error: string) {
    super(status, { error });
  }
}

export const errors = {
  nameTaken: () => new PlainError(400, 'این نام گروه قبلاً استفاده شده است.'),
  slugTaken: () => new PlainError(400, 'این نامک قبلاً استفاده شده است.'),
  nameMissing: () => new PlainError(400, 'نام گروه ارسال نشده است.'),
  typeMissing: () => new PlainError(400, 'نوع گروه ارسال نشده است.'),
  typeUnknown: () => new PlainError(400, 'نوع گروه معتبر نیست.'),
  nameTooLong: () => new PlainError(400, 'نام گروه نباید بیشتر از 100 نویسه باشد.'),
  nameInvalid: () => new PlainError(400, 'نام گروه باید یک خط و بدون نویسه‌های کنترلی باشد.'),
  slugTooLong: () => new PlainError(400, 'نامک نباید بیشتر از 100 نویسه باشد.'),
  uuidMissing: () => new PlainError(400, 'UUID کاربر ارسال نشده است.'),
  uuidInvalid: () => new PlainError(400, 'UUID معتبر نیست.'),
  userUnknown: () => new PlainError(404, 'کاربر یافت نشد.'),
  changeMissing: () => new PlainError(400, 'پارامتر add_member یا remove_member ارسال نشده است.'),
  mayNotChangeMembers: () => new PlainError(403, 'شما اجازه تغییر اعضای این گروه را ندارید.'),
  notInPrivateChat: () => new PlainError(403, 'You are not a member of this private chat group.'),
} as const;

export const messages = {
  userCreated: 'User data created successfully.',
  userUpdated: 'User data updated successfully.',
  profileFound: 'User Profile Found',
  profilesFound: 'All User Profiles Retrieved',
  added: (name: string, group: string) => `کاربر با نام ${name} به گروه ${group} اضافه شد.`,
  removed: (nationalCode: string, group: string) => `کاربر با کد ملی ${nationalCode} از گروه ${group} حذف شد.`,
  /** For a user without a national code. */
  removedNamed: (name: string, group: string) => `کاربر با نام ${name} از گروه ${group} حذف شد.`,
} as const;

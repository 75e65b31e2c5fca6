// Every code an error can have over HTTP, the status it goes with, and what it says. `docs/errors.md` lists the same.

import type { RefusalCode } from '../domain/refused.ts';

/** What goes wrong before any rule is asked. */
export type EdgeCode =
  | 'busy'
  | 'content-encoding-unsupported'
  | 'history-unreadable'
  | 'internal'
  | 'malformed-body'
  | 'malformed-json'
  | 'malformed-request'
  | 'media-type-unsupported'
  | 'method-not-allowed'
  | 'not-found'
  | 'position-not-reached'
  | 'range-not-satisfiable'
  | 'request-aborted'
  | 'request-too-slow'
  | 'too-large'
  | 'unavailable';

export type FailureCode = RefusalCode | EdgeCode;

export const statusOf: Readonly<Record<FailureCode, number>> = {
  // a rule said no
  'already-answered': 409,
  'cannot-add-to-this-kind': 409,
  'cannot-leave-this-kind': 409,
  'command-key-reused': 422,
  'confirmation-wrong': 422,
  conflict: 409,
  'conversation-unknown': 404,
  'credentials-wrong': 401,
  'email-taken': 409,
  'external-identity-taken': 409,
  'file-unknown': 404,
  'group-name-taken': 409,
  'message-empty': 422,
  'name-required': 422,
  'not-a-member': 403,
  'not-an-owner': 403,
  'not-permitted': 403,
  'phone-taken': 409,
  'refresh-token-invalid': 401,
  'signed-out': 401,
  'slug-taken': 409,
  'user-unknown': 404,
  'username-confusable': 422,
  'username-taken': 409,
  // the request cannot be taken as it is
  busy: 503,
  'content-encoding-unsupported': 415,
  'history-unreadable': 503,
  internal: 500,
  'malformed-body': 400,
  'malformed-json': 400,
  'malformed-request': 400,
  'media-type-unsupported': 415,
  'method-not-allowed': 405,
  'not-found': 404,
  'position-not-reached': 503,
  'range-not-satisfiable': 416,
  'request-aborted': 400,
  'request-too-slow': 408,
  'too-large': 413,
  unavailable: 503,
};

export const titleOf: Readonly<Record<FailureCode, string>> = {
  'already-answered': 'This was answered before.',
  'cannot-add-to-this-kind': 'This kind of conversation takes no members.',
  'cannot-leave-this-kind': 'This kind of conversation cannot be left.',
  'command-key-reused': 'You used this idempotency key for another request here. Use a new key for a new request.',
  'confirmation-wrong': 'The present password is not right.',
  conflict: 'Others changed the same thing again and again. Try once more.',
  'conversation-unknown': 'There is no such conversation, or you may not see it.',
  'credentials-wrong': 'No account has this name and password.',
  'email-taken': 'The e-mail address belongs to another account.',
  'external-identity-taken': 'The outside identity belongs to another account.',
  'file-unknown': 'There is no such file, or you may not see it.',
  'group-name-taken': 'Another group has this name.',
  'message-empty': 'A message needs a text or a file.',
  'name-required': 'An account needs an e-mail address or a username.',
  'not-a-member': 'Only members may do this.',
  'not-an-owner': 'Only an owner may do this.',
  'not-permitted': 'Your account does not have the role for this.',
  'phone-taken': 'The phone number belongs to another account.',
  'refresh-token-invalid': 'The refresh token is not good, or not any more.',
  'signed-out': 'Sign in first: the credential is missing or not good any more.',
  'slug-taken': 'The slug belongs to another conversation.',
  'user-unknown': 'There is no such user.',
  'username-confusable': 'The username mixes alphabets that look alike.',
  'username-taken': 'The username belongs to another account.',
  busy: 'Too many ask for the same at once. Try again soon.',
  'content-encoding-unsupported': 'Bodies are taken as they are, without Content-Encoding.',
  'history-unreadable':
    'This needs a part of the history that this server is too old to read. Ask another one, or later.',
  internal: 'Something went wrong here. The request id finds it in the log.',
  'malformed-body': 'The body is not what its Content-Type says.',
  'malformed-json': 'The body is not JSON in UTF-8.',
  'malformed-request': 'Some of the input is not as it should be.',
  'media-type-unsupported': 'This Content-Type is not taken here.',
  'method-not-allowed': 'This address does not know the method.',
  'not-found': 'There is nothing at this address.',
  'position-not-reached': 'What you wait for is not visible yet. Try again soon.',
  'range-not-satisfiable': 'The content has no such range.',
  'request-aborted': 'The request ended before its time.',
  'request-too-slow': 'The request came too slowly. Send it again, faster or in smaller parts.',
  'too-large': 'The body is longer than is taken here.',
  unavailable: 'A part of this server is away. Try again soon.',
};

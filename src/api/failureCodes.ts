// Every error code over HTTP, with its status and its title. `docs/errors.md` lists the same codes.

import type { RefusalCode } from '../domain/refused.ts';

/** Errors of the request itself, found before any rule applies. */
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
  'text-blank': 422,
  'text-too-long': 422,
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
  'already-answered': 'This enquiry already has an answer. Do not answer it again.',
  'cannot-add-to-this-kind': 'This conversation is not a group, so its members cannot be changed.',
  'cannot-leave-this-kind': 'Nobody can leave a direct chat or a desk.',
  'command-key-reused':
    'You already used this idempotency key for another request here. Use a new key for each new request.',
  'confirmation-wrong': 'The current password is wrong. Enter it again.',
  conflict: 'Other requests changed the same data at the same time. Send the request again.',
  'conversation-unknown': 'There is no such conversation, or you may not see it. Check the id.',
  'credentials-wrong': 'The name or the password is wrong. Check both.',
  'email-taken': 'Another account has this e-mail address. Choose another one, or sign in.',
  'external-identity-taken': 'Another account has this outside identity. Sign in to that account.',
  'file-unknown': 'There is no such file, or you may not see or send it. Check the id, or upload the file yourself.',
  'group-name-taken': 'Another group has this name. Choose another name.',
  'message-empty': 'The message is empty. Send a text, a file or both.',
  'name-required': 'The account has no name. Give an e-mail address or a username.',
  'not-a-member': 'Only members may do this. Join the conversation, or ask an owner to add you.',
  'not-an-owner': 'Only an owner of the conversation may do this. Ask an owner.',
  'not-permitted': 'Your account does not have the role that this needs. Ask an admin for the role.',
  'phone-taken': 'Another account has this phone number. Give another one.',
  'refresh-token-invalid': 'The refresh token is invalid, expired or already used. Sign in again.',
  'signed-out': 'The credential is missing, invalid, expired or logged out. Sign in.',
  'slug-taken': 'Another conversation has this slug. Choose another slug.',
  'text-blank': 'This text is blank. Give it at least one visible character.',
  'text-too-long': 'This text is too long. Shorten it.',
  'user-unknown': 'There is no such user. Check the id.',
  'username-confusable': 'The username mixes alphabets that look alike. Use letters of one alphabet.',
  'username-taken': 'Another account has this username. Choose another one.',
  busy: 'The server has too many requests of this kind. Wait as long as Retry-After says, then send it again.',
  'content-encoding-unsupported': 'The server does not decode Content-Encoding. Send the body uncompressed.',
  'history-unreadable':
    'A newer server recorded events that this server cannot read. Send the request to another server, or later.',
  internal: 'The server failed because of a bug. Report the request id: the server log has the details under it.',
  'malformed-body': 'The body does not match its Content-Type. Check the boundary and the parts.',
  'malformed-json': 'The body is not JSON in UTF-8. Correct it.',
  'malformed-request': 'Some of the input is invalid. Correct the fields listed in errors.',
  'media-type-unsupported':
    'This route does not accept the Content-Type or its charset. Send the body as another type.',
  'method-not-allowed': 'This address does not support the method. Use one that the header Allow lists.',
  'not-found': 'There is nothing at this address. Check the path.',
  'position-not-reached': 'The views have not reached X-Min-Position yet. Send the request again soon.',
  'range-not-satisfiable': 'The file ends before the range begins. Content-Range says how long the file is.',
  'request-aborted': 'The connection ended before the body was complete. Send the request again.',
  'request-too-slow': 'The body came too slowly. Send it again, faster or in smaller parts.',
  'too-large': 'The body or the file is larger than the server accepts. Send less.',
  unavailable: 'A part of the server is away. Send the request again soon, a command with the same idempotency key.',
};

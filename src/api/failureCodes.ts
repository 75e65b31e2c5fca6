// Every code an error can have over HTTP, the status it goes with, and what it says. `docs/errors.md` lists the same.

import type { RefusalCode } from '../domain/refused.ts';

type Row = readonly [status: number, title: string];

/** A rule said no. */
const refusals: Readonly<Record<RefusalCode, Row>> = {
  'already-answered': [409, 'This was answered before.'],
  'cannot-add-to-this-kind': [409, 'This kind of conversation takes no members.'],
  'cannot-leave-this-kind': [409, 'This kind of conversation cannot be left.'],
  'command-key-reused': [
    422,
    'You used this idempotency key for another request here. Use a new key for a new request.',
  ],
  'confirmation-wrong': [422, 'The present password is not right.'],
  conflict: [409, 'Others changed the same thing again and again. Try once more.'],
  'conversation-unknown': [404, 'There is no such conversation, or you may not see it.'],
  'credentials-wrong': [401, 'No account has this name and password.'],
  'email-taken': [409, 'The e-mail address belongs to another account.'],
  'external-identity-taken': [409, 'The outside identity belongs to another account.'],
  'file-unknown': [404, 'There is no such file, or you may not see it.'],
  'group-name-taken': [409, 'Another group has this name.'],
  'message-empty': [422, 'A message needs a text or a file.'],
  'name-required': [422, 'An account needs an e-mail address or a username.'],
  'not-a-member': [403, 'Only members may do this.'],
  'not-an-owner': [403, 'Only an owner may do this.'],
  'not-permitted': [403, 'Your account does not have the role for this.'],
  'phone-taken': [409, 'The phone number belongs to another account.'],
  'refresh-token-invalid': [401, 'The refresh token is not good, or not any more.'],
  'signed-out': [401, 'Sign in first: the credential is missing or not good any more.'],
  'slug-taken': [409, 'The slug belongs to another conversation.'],
  'user-unknown': [404, 'There is no such user.'],
  'username-confusable': [422, 'The username mixes alphabets that look alike.'],
  'username-taken': [409, 'The username belongs to another account.'],
};

/** The request cannot be taken as it is, or the server cannot take it now. */
const edge = {
  busy: [503, 'Too many ask for the same at once. Try again soon.'],
  'content-encoding-unsupported': [415, 'Bodies are taken as they are, without Content-Encoding.'],
  'history-unreadable': [
    503,
    'This needs a part of the history that this server is too old to read. Ask another one, or later.',
  ],
  internal: [500, 'Something went wrong here. The request id finds it in the log.'],
  'malformed-body': [400, 'The body is not what its Content-Type says.'],
  'malformed-json': [400, 'The body is not JSON in UTF-8.'],
  'malformed-request': [400, 'Some of the input is not as it should be.'],
  'media-type-unsupported': [415, 'This Content-Type is not taken here.'],
  'method-not-allowed': [405, 'This address does not know the method.'],
  'not-found': [404, 'There is nothing at this address.'],
  'position-not-reached': [503, 'What you wait for is not visible yet. Try again soon.'],
  'range-not-satisfiable': [416, 'The content has no such range.'],
  'request-aborted': [400, 'The request ended before its time.'],
  'request-too-slow': [408, 'The request came too slowly. Send it again, faster or in smaller parts.'],
  'too-large': [413, 'The body is longer than is taken here.'],
  unavailable: [503, 'A part of this server is away. Try again soon.'],
} satisfies Readonly<Record<string, Row>>;

/** What goes wrong before any rule is asked. */
export type EdgeCode = keyof typeof edge;
export type FailureCode = RefusalCode | EdgeCode;

const rows: Readonly<Record<FailureCode, Row>> = { ...refusals, ...edge };

const column = <T>(pick: (row: Row) => T): Readonly<Record<FailureCode, T>> =>
  Object.fromEntries(Object.entries(rows).map(([code, row]) => [code, pick(row)])) as Record<FailureCode, T>;

export const statusOf = column(([status]) => status);
export const titleOf = column(([, title]) => title);

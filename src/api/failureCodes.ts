// Every code that an error can have over HTTP, with its status and its text. `docs/errors.md` lists the same.

import type { RefusalCode } from '../domain/refused.ts';

type Row = readonly [status: number, title: string];

/** A rule said no. */
const refusals: Readonly<Record<RefusalCode, Row>> = {
  'account-suspended': [403, 'An admin suspended this account. Ask an admin to reinstate it.'],
  'cannot-add-to-this-kind': [409, 'This conversation is not a group, so its members cannot be changed.'],
  'cannot-leave-this-kind': [409, 'Nobody can leave a direct chat.'],
  'cannot-set-for-this-kind': [409, 'Conversations of this kind have no such setting. Leave it out.'],
  'command-key-reused': [
    422,
    'You already used this idempotency key for another request here. Use a new key for each new request.',
  ],
  'confirmation-required': [
    403,
    'This needs your present password, or a sign-in of the last 5 minutes. Send the password as current, or sign in again.',
  ],
  'confirmation-wrong': [422, 'The current password is wrong. Enter it again.'],
  conflict: [409, 'Other requests changed the same data at the same time. Send the request again.'],
  'conversation-unknown': [404, 'There is no such conversation, or you may not see it. Check the id.'],
  'credentials-wrong': [401, 'The name or the password is wrong. Check both.'],
  'email-missing': [409, 'The account has no e-mail address. Give it one first.'],
  'desk-blocked': [403, 'Somebody at this desk takes no more messages from its visitor. Open another one.'],
  'edited-too-often': [409, 'This message was edited as often as a message may be. Send another one.'],
  'email-not-current': [409, 'The account has another e-mail address by now. Check the address.'],
  'email-taken': [409, 'Another account has this e-mail address. Choose another one, or sign in.'],
  'emoji-unknown': [422, 'This is not one emoji of the standard. Send one, such as 👍.'],
  'erasure-started': [409, 'The erasure has begun. Nobody can take it back.'],
  'erasure-unknown': [404, 'Nobody asked to erase this, or the request was taken back. Check the id.'],
  'external-identity-taken': [409, 'Another account has this outside identity. Sign in to that account.'],
  'file-unknown': [
    404,
    'There is no such file, or you may not see or send it. Check the id, or upload the file yourself.',
  ],
  'group-name-taken': [409, 'Another group has this name. Choose another name.'],
  'invitation-invalid': [403, 'The invitation is unknown, used up, over or withdrawn. Ask an admin for another one.'],
  'invitation-required': [403, 'Registering here needs an invitation. Ask an admin for one.'],
  'invitation-unknown': [404, 'There is no such invitation. Check the id.'],
  'is-an-owner': [409, 'This user owns the group. Make the user a plain member first.'],
  'last-owner': [409, 'A group needs an owner who can manage it. Appoint another owner first.'],
  'link-invalid': [422, 'The link is invalid, used or too old. Ask for a new one.'],
  'message-empty': [422, 'The message is empty. Send a text, a file or both.'],
  'message-removed': [
    409,
    'The message was removed or erased. Whoever removed it can restore it first, unless it was erased.',
  ],
  'message-unknown': [404, 'There is no such message in this conversation. Check the id.'],
  'name-required': [422, 'The account has no name. Give an e-mail address or a username.'],
  'not-a-member': [403, 'Only members may do this. Join the conversation, or ask an owner to add you.'],
  'not-a-moderator': [403, 'Only owners and moderators of the conversation may do this. Ask one of them.'],
  'not-a-web-address': [422, 'A link or a picture is no address of the Web. Give an http or https address, or a path.'],
  'not-an-owner': [403, 'Only an owner of the conversation may do this. Ask an owner.'],
  'not-permitted': [403, 'Your account does not have the role that this needs. Ask an admin for the role.'],
  'not-yours': [403, 'This is not yours to do. Ask who sent or removed the message, or a moderator.'],
  'password-too-common': [422, 'The password is one of those that are guessed first. Choose another one.'],
  'password-too-short': [422, 'The password has fewer than 8 characters. Choose a longer one.'],
  'phone-taken': [409, 'Another account has this phone number. Give another one.'],
  'quota-exceeded': [
    413,
    'There is no room for this: your account, or the desks of visitors today, may store no more. Ask the operator for more.',
  ],
  'read-only': [403, 'You may read this conversation, but not do this in it. Ask one of its owners.'],
  'receipts-off': [
    403,
    'Nobody is shown here how far others have read, or you withhold how far you have. Turn yours on, or ask an owner.',
  ],
  'refresh-token-invalid': [401, 'The refresh token is invalid, expired or already used. Sign in again.'],
  'registration-closed': [403, 'Nobody can register here. Ask an admin for an account.'],
  'scope-missing': [403, 'The token of the bot lacks the scope that this needs, or no such token may do it.'],
  'session-unknown': [404, 'You have no such session. It may have ended.'],
  'signed-out': [401, 'The credential is missing, invalid, expired or logged out. Sign in.'],
  'slow-mode': [
    429,
    'This conversation is in slow mode. Wait as long as Retry-After (on a socket: retryAfter) says, then send it again.',
  ],
  'slug-taken': [409, 'Another conversation has this slug. Choose another slug.'],
  'text-blank': [422, 'This text is blank. Give it at least one visible character.'],
  'text-not-one-line': [422, 'This name must be one line, without control characters.'],
  'text-too-long': [422, 'This text is too long. Shorten it.'],
  'thread-unknown': [404, 'There is no such thread in this conversation. Give the id of the message that began it.'],
  'token-unknown': [404, 'You have no such token. Check the id.'],
  'too-late': [409, 'The time that the conversation gives for this is over.'],
  'too-many-bookmarks': [409, 'You have too many bookmarks. Remove one first.'],
  'too-many-reactions': [409, 'The message has too many different reactions. Use one of those that it has.'],
  'user-unknown': [404, 'There is no such user. Check the id.'],
  'username-confusable': [422, 'The username mixes alphabets that look alike. Use letters of one alphabet.'],
  'username-misleading': [
    422,
    'The username reads like a phone number, or like an e-mail address that is not yours. Choose another one.',
  ],
  'username-taken': [409, 'Another account has this username. Choose another one.'],
};

/** The request is invalid, or the server cannot answer it now. */
const edge = {
  busy: [503, 'The server has too many requests of this kind. Wait as long as Retry-After says, then send it again.'],
  'content-encoding-unsupported': [415, 'The server does not decode Content-Encoding. Send the body uncompressed.'],
  'history-unreadable': [
    503,
    'A newer server recorded events that this server cannot read. Send the request to another server, or later.',
  ],
  internal: [
    500,
    'The server failed because of a bug. Report the request id: the server log has the details under it.',
  ],
  'mail-not-configured': [501, 'This server sends no mail. Ask an admin instead.'],
  'malformed-body': [400, 'The body does not match its Content-Type. Check the boundary and the parts.'],
  'malformed-json': [400, 'The body is not JSON in UTF-8. Correct it.'],
  'malformed-request': [400, 'Some of the input is invalid. Correct the fields listed in errors.'],
  'media-type-unsupported': [
    415,
    'This route does not accept the Content-Type or its charset. Send the body as another type.',
  ],
  'method-not-allowed': [405, 'This address does not support the method. Use one that the header Allow lists.'],
  'no-past': [400, 'This request is about the present alone. Send it without asOf.'],
  'not-found': [404, 'There is nothing at this address. Check the path.'],
  'position-not-reached': [503, 'The views have not reached X-Min-Position yet. Send the request again soon.'],
  'position-unknown': [400, 'The log has no event at that position. Give 0, or a position that the server gave you.'],
  'range-not-satisfiable': [416, 'The file ends before the range begins. Content-Range says how long the file is.'],
  'request-aborted': [400, 'The connection ended before the body was complete. Send the request again.'],
  'request-too-slow': [408, 'The body came too slowly. Send it again, faster or in smaller parts.'],
  'too-large': [413, 'The body or the file is larger than the server accepts. Send less.'],
  'too-many-requests': [
    429,
    'You do this too often. Wait as long as Retry-After (on a socket: retryAfter) says, then send it again.',
  ],
  unavailable: [
    503,
    'A part of the server is away. Send the request again soon, a command with the same idempotency key.',
  ],
} satisfies Readonly<Record<string, Row>>;

/** Codes of failures before any rule is asked. */
export type EdgeCode = keyof typeof edge;
export type FailureCode = RefusalCode | EdgeCode;

const rows: Readonly<Record<FailureCode, Row>> = { ...refusals, ...edge };

const column = <T>(pick: (row: Row) => T): Readonly<Record<FailureCode, T>> =>
  Object.fromEntries(Object.entries(rows).map(([code, row]) => [code, pick(row)])) as Record<FailureCode, T>;

export const statusOf = column(([status]) => status);
export const titleOf = column(([, title]) => title);

/** Media type of RFC 9457 problem details. */
export const PROBLEM = 'application/problem+json';

/** How the native API words a failure in a body. */
export const problemOf = (code: FailureCode) => ({
  type: `/docs#${code}`,
  title: titleOf[code],
  status: statusOf[code],
  code,
});

// Turns what the core and the HTTP machinery throw into an error of the framework, in the words of the dialect.

import { ZodError } from 'zod';
import { type FailureCode, statusOf } from '../../api/failureCodes.ts';
import { type Failure, failureOf } from '../../api/failures.ts';
import { NO_ADDRESS } from '../../commands/fields.ts';
import { type RefusalCode, Refused } from '../../domain/refused.ts';
import {
  ApiError,
  detail,
  type FieldErrors,
  invalidToken,
  nonFieldError,
  notFound,
  permissionDenied,
  throttled,
  validationError,
} from './apiErrors.ts';
import { NO_USERNAME, NOT_ONE_LINE } from './fields.ts';
import { passwordTexts } from './passwordRules.ts';

/** A text about the input at fault, or an error of another shape. */
type Words = string | ((refused: Refused) => ApiError);

export interface ErrorWords {
  /** Where this dialect differs from the framework. */
  readonly refusals?: Readonly<Partial<Record<RefusalCode, Words>>>;
  /** Names of the core's inputs on this wire, where they are not the same in snake_case. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Fields on this wire whose errors stand in this order, before all others. Default: the order of the core. */
  readonly fieldOrder?: readonly string[];
}

const BLANK = 'This field may not be blank.';

/** The words where a dialect has none. The others hide the code of the refusal: see `wordsFor`. */
const refusalWords: Readonly<Partial<Record<RefusalCode, Words>>> = {
  'account-suspended': () => detail(403, 'User account is disabled.'),
  'command-key-reused': () => detail(422, 'The idempotency key was used for another request.'),
  'confirmation-required': () => detail(403, 'Log in again to do this. The last log-in was more than 5 minutes ago.'),
  'confirmation-wrong': 'Invalid password.',
  conflict: () => detail(409, 'Other requests changed the same thing at the same time. Send the request again.'),
  'credentials-wrong': () => nonFieldError('Unable to log in with provided credentials.'),
  'email-taken': 'user with this email already exists.',
  'group-name-taken': 'group with this name already exists.',
  'invitation-invalid': 'This invitation is not valid.',
  'invitation-required': 'This field is required.',
  'message-empty': BLANK,
  'message-removed': notFound,
  'name-required': BLANK,
  'not-a-web-address': 'Enter a valid URL.',
  'password-too-common': passwordTexts.common,
  'password-too-short': passwordTexts.short,
  'phone-taken': 'user with this phone already exists.',
  'quota-exceeded': () => detail(413, 'There is no room for this: no more may be stored.'),
  'refresh-token-invalid': () => new ApiError(401, { detail: 'Token is invalid or expired', code: 'token_not_valid' }),
  'registration-closed': () => detail(403, 'Registration is closed.'),
  'signed-out': invalidToken,
  'slow-mode': ({ retryAfter = 1 }) => throttled(retryAfter, { 'Retry-After': String(retryAfter) }),
  'slug-taken': 'group with this slug already exists.',
  'text-blank': BLANK,
  'text-not-one-line': NOT_ONE_LINE,
  'text-too-long': 'Ensure this field has fewer characters.',
  'username-confusable': NO_USERNAME,
  'username-misleading': NO_USERNAME,
  'username-taken': 'A user with that username already exists.',
};

/** What is missing or hidden is not found, and all else that has no words here is forbidden. */
const wordsFor = (code: RefusalCode, { refusals }: ErrorWords): Words =>
  refusals?.[code] ?? refusalWords[code] ?? (statusOf[code] === 404 ? notFound : permissionDenied);

/** Inputs at fault, where the refusal names none. */
const fieldsAtFault: Partial<Record<RefusalCode, string>> = {
  'confirmation-wrong': 'currentPassword',
  'message-empty': 'text',
  'name-required': 'username',
  'username-confusable': 'username',
  'username-misleading': 'username',
};

/** The name on the wire of an input of the core. */
const wireName = (field: string, { fieldNames = {} }: ErrorWords): string =>
  fieldNames[field] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const inOrder = (errors: FieldErrors, { fieldOrder = [] }: ErrorWords): ApiError => {
  const names = [...fieldOrder.filter((name) => Object.hasOwn(errors, name)), ...Object.keys(errors)];
  return validationError(Object.fromEntries(names.map((name) => [name, errors[name]!])));
};

/** Several refusals become one answer if all of them are about fields. */
const refusedError = (refused: Refused, words: ErrorWords): ApiError => {
  const errors: Record<string, readonly string[]> = {};
  for (const { code, field = fieldsAtFault[code] ?? 'non_field_errors' } of refused.refusals) {
    const text = wordsFor(code, words);
    if (typeof text !== 'string') return text(refused);
    errors[wireName(field.split('.')[0]!, words)] ??= [text];
  }
  return inOrder(errors, words);
};

/** The core's limits may be narrower than those a dialect declares. */
const issueText = (issue: ZodError['issues'][number]): string => {
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `Ensure this field has no more than ${issue.maximum} characters.`;
  const longer = /^Longer than (\d+) characters/.exec(issue.message);
  if (longer) return `Ensure this field has no more than ${longer[1]} characters.`;
  if (issue.code === 'invalid_format' && issue.format === 'email') return 'Enter a valid email address.';
  if (issue.message === NO_ADDRESS) return 'Enter a valid URL.';
  return issue.message === 'Empty.' ? BLANK : issue.message;
};

const malformedError = ({ issues }: ZodError, words: ErrorWords): ApiError => {
  const byField = Map.groupBy(issues, ({ path }) => wireName(String(path[0] ?? 'non_field_errors'), words));
  return inOrder(Object.fromEntries([...byField].map(([name, here]) => [name, here.map(issueText)])), words);
};

const fieldErrors = ({ errors }: Failure): ApiError =>
  validationError(Object.fromEntries(errors.map(({ field, message }) => [field, [message]])));

/** A failure without an entry is a bug, or its answer is not JSON. */
const failures: Partial<Record<FailureCode, (failure: Failure, contentType: string) => ApiError>> = {
  'media-type-unsupported': (_, contentType) => detail(415, `Unsupported media type "${contentType}" in request.`),
  'content-encoding-unsupported': ({ headers }) => detail(415, 'Content-Encoding is not supported.', headers),
  'malformed-body': () => detail(400, 'Multipart form parse error - Invalid multipart body'),
  'malformed-request': fieldErrors,
  'position-unknown': fieldErrors,
  'request-aborted': () => detail(400, 'The request ended early.'),
  'range-not-satisfiable': ({ headers }) => detail(416, 'The file has no such range.', headers),
  'too-large': () => detail(413, 'Request body is too large.'),
  'not-found': notFound,
  'too-many-requests': ({ headers }) => throttled(Number(headers['Retry-After']), headers),
};

/** `contentType`: of the request. Undefined: a bug, or an answer that is not JSON. */
export const errorOf = (error: unknown, words: ErrorWords = {}, contentType = ''): ApiError | undefined => {
  if (error instanceof ApiError) return error;
  if (error instanceof Refused) return refusedError(error, words);
  if (error instanceof ZodError) return malformedError(error, words);
  const failure = failureOf(error);
  if (failure.status === 503) return detail(503, 'Service temporarily unavailable, try again later.', failure.headers);
  return failures[failure.code]?.(failure, contentType);
};

// Turns what the core and the HTTP machinery throw into an error of the framework, in the words of the dialect.

import { ZodError } from 'zod';
import type { FailureCode } from '../../api/failureCodes.ts';
import { type Failure, failureOf } from '../../api/failures.ts';
import { type Refusal, type RefusalCode, Refused } from '../../domain/refused.ts';
import {
  ApiError,
  detail,
  fieldError,
  invalidToken,
  nonFieldError,
  notFound,
  parseError,
  permissionDenied,
  unsupportedMediaType,
  validationError,
} from './apiErrors.ts';
import type { FieldErrors } from './fields.ts';

/** The words of one refusal. `field`: the input at fault, by the name the client used, or the one of the core. */
export type Words = (field: string) => ApiError;
export type RefusalWords = Readonly<Record<RefusalCode, Words>>;

export interface ErrorWords {
  /** What this dialect says otherwise than the framework would. */
  readonly refusals?: Partial<RefusalWords>;
  /** Inputs of the core by their names on this wire, where that is not the same in snake_case. */
  readonly fieldNames?: Readonly<Record<string, string>>;
}

const on =
  (text: string): Words =>
  (field) =>
    fieldError(field, text);

/** The words where a dialect has none. They hide the code of the rule, and whether a thing is missing or forbidden. */
const refusalWords: RefusalWords = {
  'cannot-add-to-this-kind': () => permissionDenied(),
  'cannot-leave-this-kind': () => permissionDenied(),
  'command-key-reused': () => detail(422, 'The idempotency key was used for another request.'),
  'confirmation-wrong': on('Invalid password.'),
  conflict: () => detail(409, 'Others changed the same thing again and again. Try once more.'),
  'conversation-unknown': () => notFound(),
  'credentials-wrong': () => nonFieldError('Unable to log in with provided credentials.'),
  'email-taken': on('user with this email already exists.'),
  'external-identity-taken': () => permissionDenied(),
  'file-unknown': () => notFound(),
  'group-name-taken': on('group with this name already exists.'),
  'message-empty': on('This field may not be blank.'),
  'name-required': on('This field may not be blank.'),
  'not-a-member': () => permissionDenied(),
  'not-an-owner': () => permissionDenied(),
  'not-permitted': () => permissionDenied(),
  'phone-taken': on('user with this phone already exists.'),
  'refresh-token-invalid': () => new ApiError(401, { detail: 'Token is invalid or expired', code: 'token_not_valid' }),
  'signed-out': () => invalidToken(),
  'slug-taken': on('group with this slug already exists.'),
  'text-blank': on('This field may not be blank.'),
  'text-too-long': on('Ensure this field has fewer characters.'),
  'user-unknown': () => notFound(),
  'username-confusable': on(
    'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.',
  ),
  'username-taken': on('A user with that username already exists.'),
};

/** Inputs of a refusal whose command names none. */
const fieldsAtFault: Partial<Record<RefusalCode, string>> = {
  'confirmation-wrong': 'currentPassword',
  'message-empty': 'text',
  'name-required': 'username',
  'username-confusable': 'username',
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const wireName = (field: string, { fieldNames = {} }: ErrorWords): string =>
  Object.hasOwn(fieldNames, field) ? fieldNames[field]! : snakeCase(field);

const refusalError = ({ code, field }: Refusal, words: ErrorWords): ApiError => {
  const name = wireName((field ?? fieldsAtFault[code] ?? 'non_field_errors').split('.')[0]!, words);
  return (words.refusals?.[code] ?? refusalWords[code])(name);
};

const isFieldErrors = (error: ApiError): boolean =>
  error.status === 400 &&
  typeof error.body === 'object' &&
  error.body !== null &&
  Object.values(error.body).every(Array.isArray);

/** Several refusals become one answer if all of them are about fields. */
const refusedError = ({ refusals }: Refused, words: ErrorWords): ApiError => {
  const errors = refusals.map((refusal) => refusalError(refusal, words));
  return errors.every(isFieldErrors)
    ? validationError(Object.assign({}, ...errors.toReversed().map(({ body }) => body)) as FieldErrors)
    : errors[0]!;
};

type Issue = ZodError['issues'][number];

/** The core's limits may be narrower than those a dialect declares. */
const issueText = (issue: Issue): string => {
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `Ensure this field has no more than ${issue.maximum} characters.`;
  const longer = /^Longer than (\d+) characters/.exec(issue.message);
  if (longer) return `Ensure this field has no more than ${longer[1]} characters.`;
  if (issue.message === 'Empty.') return 'This field may not be blank.';
  if (issue.code === 'invalid_format' && issue.format === 'email') return 'Enter a valid email address.';
  return issue.message;
};

const zodError = ({ issues }: ZodError, words: ErrorWords): ApiError => {
  const errors = new Map<string, string[]>();
  for (const issue of issues) {
    const name = wireName(String(issue.path[0] ?? 'non_field_errors'), words);
    errors.set(name, [...(errors.get(name) ?? []), issueText(issue)]);
  }
  return validationError(Object.fromEntries(errors));
};

const away = ({ headers }: Failure): ApiError =>
  detail(503, 'Service temporarily unavailable, try again later.', { 'Retry-After': '1', ...headers });

/** A failure without an entry is a bug, or its answer is not JSON. */
const failures: Partial<Record<FailureCode, (failure: Failure, contentType: string) => ApiError>> = {
  'media-type-unsupported': (_, contentType) => unsupportedMediaType(contentType),
  'content-encoding-unsupported': ({ headers }) => detail(415, 'Content-Encoding is not supported.', headers),
  'malformed-body': () => parseError('Multipart form parse error - Invalid multipart body'),
  'malformed-request': ({ errors }) =>
    validationError(Object.fromEntries(errors.map(({ field, message }) => [field, [message]]))),
  'request-aborted': () => parseError('The request ended before its time.'),
  'too-large': () => detail(413, 'Request body is too large.'),
  busy: away,
  'history-unreadable': away,
  'position-not-reached': away,
  unavailable: away,
  'not-found': () => notFound(),
};

/** `contentType`: of the request. Undefined: a bug, or an answer that is not JSON. */
export const errorOf = (error: unknown, words: ErrorWords = {}, contentType = ''): ApiError | undefined => {
  if (error instanceof ApiError) return error;
  if (error instanceof Refused) return refusedError(error, words);
  if (error instanceof ZodError) return zodError(error, words);
  const failure = failureOf(error);
  return failures[failure.code]?.(failure, contentType);
};

// The one place where an error becomes a status and a code. Each mount words it in a body.

import { ZodError } from 'zod';
import { IssuerAway } from '../auth/outsideIssuer.ts';
import { Busy } from '../auth/workerPool.ts';
import { Unreadable } from '../domain/envelope.ts';
import { Refused } from '../domain/refused.ts';
import { refusedHeaders } from '../limits/headers.ts';
import { TooManyRequests } from '../limits/limits.ts';
import { Conflict, Missing, TooLarge, Unavailable } from '../store/ports.ts';
import { type EdgeCode, type FailureCode, statusOf, titleOf } from './failureCodes.ts';

/** One invalid input. `field`: its path, such as `memberIds.0`, or the name of the header. */
export interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface Failure {
  readonly status: number;
  readonly code: FailureCode;
  /** One sentence for people. */
  readonly title: string;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  /** The error: for a mount whose texts need more than the above. Clients must not see it. */
  readonly cause: unknown;
}

/** The request is invalid, or the server cannot answer it now. The machinery and the routes throw it. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly code: EdgeCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: EdgeCode,
    details: { errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(code, { cause: details.cause });
    this.code = code;
    this.errors = details.errors ?? [];
    this.headers = details.headers ?? {};
  }
}

/** A header or a query parameter is invalid. */
export const malformed = (field: string, message: string): HttpFailure =>
  new HttpFailure('malformed-request', { errors: [{ field, code: 'invalid', message }] });

/** The log has no event at the position that a field names. */
export const unknownPosition = (field: string): HttpFailure =>
  new HttpFailure('position-unknown', {
    errors: [{ field, code: 'position-unknown', message: titleOf['position-unknown'] }],
  });

const wrongWith = ({ code, message }: ZodError['issues'][number]): Omit<FieldError, 'field'> => {
  if (code === 'invalid_type' && message.endsWith('received undefined'))
    return { code: 'required', message: 'This field is missing.' };
  return { code: code === 'custom' ? 'invalid' : code.replaceAll('_', '-'), message };
};

/** An answer that lists more would be many times as long as the request. */
const MAX_ERRORS = 100;

/** The invalid or unknown fields of a ZodError, `MAX_ERRORS` at most. */
export const fieldErrorsOf = (error: ZodError): readonly FieldError[] =>
  error.issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue): FieldError[] => {
      const path = issue.path.map(String);
      if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.'), ...wrongWith(issue) }];
      return issue.keys.slice(0, MAX_ERRORS).map((key) => ({
        field: [...path, key].join('.'),
        code: 'unknown-field',
        message: 'There is no such field.',
      }));
    })
    .slice(0, MAX_ERRORS);

const RETRY = { 'Retry-After': '1' };
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="verbatim"' };

const headersOf = (status: number): Readonly<Record<string, string>> =>
  status === 503 ? RETRY : status === 401 ? CHALLENGE : {};

const failure = (code: FailureCode, cause: unknown, details: Partial<Failure> = {}): Failure => ({
  status: statusOf[code],
  code,
  title: titleOf[code],
  errors: details.errors ?? [],
  headers: { ...headersOf(statusOf[code]), ...details.headers },
  cause,
});

const isAbort = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNABORTED');

export const failureOf = (error: unknown): Failure => {
  if (error instanceof HttpFailure) return failure(error.code, error, error);
  if (error instanceof ZodError) return failure('malformed-request', error, { errors: fieldErrorsOf(error) });
  if (error instanceof Refused) {
    const errors = error.refusals.flatMap(({ code, field }) =>
      field === undefined ? [] : [{ field, code, message: titleOf[code] }],
    );
    const { retryAfter } = error;
    const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
    return failure(error.code, error, { errors, headers });
  }
  if (error instanceof Conflict) return failure('conflict', error);
  if (error instanceof TooLarge) return failure('too-large', error);
  if (error instanceof Missing) return failure('not-found', error);
  if (error instanceof TooManyRequests) return failure('too-many-requests', error, { headers: refusedHeaders(error) });
  if (error instanceof Busy) return failure('busy', error);
  if (error instanceof Unavailable || error instanceof IssuerAway) return failure('unavailable', error);
  if (error instanceof Unreadable) return failure('history-unreadable', error);
  if (isAbort(error)) return failure('request-aborted', error);
  return failure('internal', error);
};

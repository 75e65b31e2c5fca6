// The errors of Django REST framework: their statuses, and their texts to the letter.

import type { FieldErrors } from './fields.ts';

export type Headers = Readonly<Record<string, string>>;

/** An answer that ends a request early. `body` is JSON, before a dialect wraps it. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
  constructor(status: number, body: unknown, headers: Headers = {}) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** A request that reaches no view, or breaks in one, is answered by a page of HTML in every dialect. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly status: 400 | 404 | 500;
  constructor(status: 400 | 404 | 500) {
    super(`page ${status}`);
    this.status = status;
  }
}

/** The usual shape: one text under `detail`. */
export const detail = (status: number, text: string, headers?: Headers): ApiError =>
  new ApiError(status, { detail: text }, headers);

export const notAuthenticated = (): ApiError => detail(401, 'Authentication credentials were not provided.');
export const authenticationFailed = (text = 'Incorrect authentication credentials.'): ApiError => detail(401, text);
export const invalidToken = (): ApiError => detail(401, 'Invalid token.');
export const permissionDenied = (text = 'You do not have permission to perform this action.'): ApiError =>
  detail(403, text);
export const notFound = (text = 'Not found.'): ApiError => detail(404, text);
/** As later versions say it, with the name of the model: `No Group matches the given query.` */
export const noMatch = (model: string): ApiError => notFound(`No ${model} matches the given query.`);
export const methodNotAllowed = (method: string): ApiError => detail(405, `Method "${method}" not allowed.`);
export const unsupportedMediaType = (contentType: string): ApiError =>
  detail(415, `Unsupported media type "${contentType}" in request.`);
export const parseError = (text: string): ApiError => detail(400, text);

/** Texts by field, every value a list. */
export const validationError = (errors: FieldErrors): ApiError => new ApiError(400, errors);
export const fieldError = (field: string, text: string): ApiError => validationError({ [field]: [text] });
/** An error of no single field. */
export const nonFieldError = (text: string): ApiError => fieldError('non_field_errors', text);

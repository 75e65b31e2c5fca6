// The errors of Django REST framework: their statuses, and their texts to the letter.

export type Headers = Readonly<Record<string, string>>;

/** Texts of what is wrong; in a list, by the places of its elements. */
export type Errors = readonly string[] | { readonly [index: string]: readonly string[] };
export type FieldErrors = { readonly [field: string]: Errors };

/** An answer that ends a request early. `body` is JSON, before a dialect wraps it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
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

/** Every dialect answers a request that reaches no view, or fails in one, with a page of HTML. */
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
export const authenticationFailed = (text: string): ApiError => detail(401, text);
export const invalidToken = (): ApiError => detail(401, 'Invalid token.');
export const throttled = (seconds: number, headers: Headers): ApiError =>
  detail(429, `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`, headers);
export const permissionDenied = (): ApiError => detail(403, 'You do not have permission to perform this action.');
export const notFound = (): ApiError => detail(404, 'Not found.');
/** As later versions say it, with the name of the model: `No Group matches the given query.` */
export const noMatch = (model: string): ApiError => detail(404, `No ${model} matches the given query.`);

export const validationError = (errors: FieldErrors): ApiError => new ApiError(400, errors);
export const fieldError = (field: string, text: string): ApiError => validationError({ [field]: [text] });
/** An error of no single field. */
export const nonFieldError = (text: string): ApiError => fieldError('non_field_errors', text);

// The routes of a dialect: a path, who may call it, and what each method does.

import type { Readable } from 'node:stream';
import type { User } from '../../domain/user.ts';
import type { Headers } from './apiErrors.ts';
import type { Body } from './body.ts';
import { type Params, type PathMatcher, pathMatcher } from './paths.ts';
import type { ApiRequest } from './request.ts';

/** In the order in which `Allow` lists them. */
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** `body`: a JSON value; undefined: none. `content`: bytes to send unchanged. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly content?: Readable | Buffer | string;
  readonly headers?: Headers;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };

export type Handlers<P, U> = { readonly [M in Method]?: (request: ApiRequest<P, U>) => Promise<Answer> };

interface RouteOptions {
  /** The answer is a file, whatever types the client asks for. */
  readonly servesFiles?: boolean;
  /** Default true: HEAD is answered wherever GET is. Function views do not. */
  readonly hasHead?: boolean;
  /**
   * How two dialects share this path and method. A function: the first route whose function accepts the body answers.
   * `merged`: all answer, and their bodies become one; the first dialect wins where keys are the same.
   */
  readonly shared?: 'merged' | ((body: Body) => boolean);
}

/** `signed-in`: 401 without valid credentials. `anyone`: 401 for invalid ones. `unasked`: credentials are not read. */
export type Access = 'signed-in' | 'anyone' | 'unasked';

export interface Route {
  readonly path: string;
  readonly matches: PathMatcher;
  readonly access: Access;
  readonly handlers: Handlers<never, never>;
  readonly options: RouteOptions;
}

const make =
  <U>(access: Access) =>
  <const P extends string>(path: P, handlers: Handlers<Params<P>, U>, options: RouteOptions = {}): Route => ({
    path,
    matches: pathMatcher(path),
    access,
    handlers: handlers as Handlers<never, never>,
    options,
  });

/** For signed-in accounts. The path as Django writes it: `/api/<int:id>/update/`. */
export const route = make<User>('signed-in');
/** For anyone; credentials that the client sends must still be valid. */
export const openRoute = make<User | undefined>('anyone');
/** For anyone; the Authorization header is ignored. */
export const blindRoute = make<undefined>('unasked');

/** What answers `method`; undefined: the route does not allow it. */
export const handlerOf = ({ handlers, options }: Route, method: string) => {
  const wanted = method === 'HEAD' && options.hasHead !== false ? 'GET' : method;
  return methods.some((one) => one === wanted) ? handlers[wanted as Method] : undefined;
};

/** The `Allow` header. */
export const allowed = (route: Route): string =>
  [...[...methods, 'HEAD'].filter((method) => handlerOf(route, method)), 'OPTIONS'].join(', ');

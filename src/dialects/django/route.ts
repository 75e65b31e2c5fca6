// What a dialect serves: a table of paths, each with who may come and what each method does.

import type { Readable } from 'node:stream';
import type { User } from '../../domain/user.ts';
import type { Headers } from './apiErrors.ts';
import type { Body } from './body.ts';
import { type Params, type PathMatcher, pathMatcher } from './paths.ts';
import type { ApiRequest } from './request.ts';

/** In the order in which `Allow` lists them. */
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** What a handler answers: JSON, or a content as it is. A body of `undefined` is none. */
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

export interface RouteOptions {
  /** Default true: HEAD is answered wherever GET is. Function views do not. */
  readonly hasHead?: boolean;
  /**
   * What happens where two dialects at one address have this path and method. A function: this one answers where it
   * says yes to the body. `merged`: all answer, and their bodies become one, keys of the dialect named first winning.
   */
  readonly shared?: 'merged' | ((body: Body) => boolean);
}

/** `signed-in`: 401 without credentials. `anyone`: only credentials that are not good are a 401. `unasked`: none is read. */
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

/** For who is signed in. The path as Django writes it: `/api/<int:id>/update/`. */
export const route = make<User>('signed-in');
/** For anyone; credentials that are sent must be good all the same. */
export const openRoute = make<User | undefined>('anyone');
/** For anyone, whatever the Authorization header says. */
export const blindRoute = make<undefined>('unasked');

export const handlerOf = ({ handlers, options }: Route, method: string) => {
  const wanted = method === 'HEAD' && options.hasHead !== false ? 'GET' : method;
  return (methods as readonly string[]).includes(wanted) ? handlers[wanted as Method] : undefined;
};

/** What `Allow` says of a route. */
export const allowed = ({ handlers, options }: Route): string =>
  [
    ...methods.filter((method) => handlers[method] !== undefined),
    ...(handlers.GET !== undefined && options.hasHead !== false ? ['HEAD'] : []),
    'OPTIONS',
  ].join(', ');

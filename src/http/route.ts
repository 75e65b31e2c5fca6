// A route of the native API, declared once: the router, its checks, the description and the page come from this. `handlerOf.ts`
// answers its requests.

import type { z } from 'zod';
import type { FailureCode } from '../api/failureCodes.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Origin } from '../commands/context.ts';
import type { Scope } from '../domain/events.ts';
import type { Costs } from '../limits/table.ts';
import type { Services } from '../services.ts';
import type { Area } from './areas.ts';
import type { Context } from './context.ts';
import type { ReadBody } from './readBody.ts';
import type { Reply } from './reply.ts';

/** Who may send the request: anybody, everybody who is signed in, or those who may do this action. */
export type Access = 'public' | 'user' | 'audit' | 'appoint' | 'suspend' | 'invite' | 'rebuild';

type Fields = z.ZodObject | undefined;
/** `file`: the handler reads it. */
type BodySchema = z.ZodType | 'file' | undefined;
type Out<T> = T extends z.ZodType<infer O> ? O : Record<never, never>;

/** A body that is not JSON. */
export interface Content {
  readonly description: string;
  readonly mediaType: string;
  /** Of one line, where each line is JSON. Default: text, or bytes where any type is possible. */
  readonly line?: z.ZodType;
  readonly example?: string;
}

/** null: no body. */
export type Answer = z.ZodType | Content | null;

/** The request, as its handler gets it. */
interface Request<P, Q, B, A extends Access> {
  readonly services: Services;
  readonly ctx: Context;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** What `read` returned. */
  readonly wish: unknown;
  readonly identity: A extends 'public' ? undefined : Identity;
  readonly userId: A extends 'public' ? null : string;
  /** For the commands that the request stands for. */
  readonly origin: Origin;
  readonly readBody: ReadBody;
}

export interface Declaration<P extends Fields, Q extends Fields, B extends BodySchema, A extends Access> {
  /** What a client calls it in code: `sendMessage`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the router takes it: `/v1/users/:userId`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: A;
  /** What a request counts beside itself. Default: nothing, or a read of the log for auditors. */
  readonly costs?: Costs;
  /** What the token of a bot needs for it; null: no such token may send it. Default: `read` for a GET, else null. */
  readonly scope?: Scope | null;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** For commands: parses the whole request, which `params` and `body` then only describe. @throws ZodError */
  readonly read?: (params: object, body: unknown, identity: Identity | undefined) => unknown;
  /** The failures that are its own: `http/codes.ts` adds those of the machinery. */
  readonly refuses?: readonly FailureCode[];
  /** Waits for `X-Min-Position`. Default: a GET of users does, because it reads views. */
  readonly readsViews?: boolean;
  /** Its queries are of the past if `asOf` says so. Default: a GET of users that reads views does. */
  readonly hasPast?: boolean;
  /** A valid JSON body, for the documents. */
  readonly example?: unknown;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly handle: (request: Request<Out<P>, Out<Q>, Out<B>, A>) => Promise<Reply>;
}

type AnyDeclaration = Declaration<Fields, Fields, BodySchema, Access>;

/** `area`: the heading under which the documents show the route. */
export type Route = AnyDeclaration & { readonly area: Area };

export const readsViews = ({ method, access, readsViews = method === 'GET' && access !== 'public' }: AnyDeclaration) =>
  readsViews;

export const hasPast = (route: AnyDeclaration): boolean => {
  const { method, hasPast = method === 'GET' && readsViews(route) } = route;
  return hasPast;
};

/** Whether the handler answers `asOf` itself, as part of its own query. */
export const hasOwnAsOf = ({ query }: AnyDeclaration): boolean => query !== undefined && 'asOf' in query.shape;

export const route = <
  A extends Access,
  P extends Fields = undefined,
  Q extends Fields = undefined,
  B extends BodySchema = undefined,
>(
  declaration: Declaration<P, Q, B, A>,
) => declaration as unknown as AnyDeclaration;

export const inArea = <R extends AnyDeclaration>(area: Area, routes: readonly R[]) =>
  routes.map((route) => ({ ...route, area }));

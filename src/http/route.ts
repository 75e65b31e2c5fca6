// A route of the native API, declared once: the router, its checks, the description and the page come from this.

import type { Readable } from 'node:stream';
import { z } from 'zod';
import { pathOf } from '../api/idempotency.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Origin } from '../commands/context.ts';
import { coreSince } from '../commands/core.ts';
import type { Role } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import type { Services } from '../services.ts';
import { Unavailable } from '../store/ports.ts';
import { requireIdentity } from './authenticate.ts';
import { settle } from './consistency.ts';
import type { Context } from './context.ts';
import { originOf } from './idempotency.ts';
import type { ReadBody } from './readBody.ts';

export type Access = 'public' | 'user' | 'auditor' | 'admin';

export interface Answer {
  readonly status: number;
  /** Where the effect of a command lies: the answer waits for the views to be there. */
  readonly position?: number;
  /** A JSON value. As a function, asked once the effect is visible; when that takes too long the answer is 202. */
  readonly body?: unknown;
  /** In place of `body`: something that is not JSON. Its headers say what. */
  readonly content?: string | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler is given. */
export interface Ask<P, Q, B, A extends Access> {
  readonly services: Services;
  readonly ctx: Context;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly identity: A extends 'public' ? undefined : Identity;
  readonly userId: A extends 'public' ? null : string;
  /** For the commands that the request asks for. */
  readonly origin: Origin;
  readonly readBody: ReadBody;
}

type Out<T> = T extends z.ZodType<infer O> ? O : Record<never, never>;

export interface Declaration<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodType | 'file' | undefined,
  A extends Access,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the router takes it: `/v1/users/:userId`. */
  readonly path: string;
  readonly area: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: A;
  readonly params?: P;
  readonly query?: Q;
  /** `file`: the handler reads it. */
  readonly body?: B;
  /** A JSON body that is right, for the documents. */
  readonly example?: unknown;
  /** By status: the shape of the JSON answered with, or in words what it is; null: none. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>;
  readonly handle: (ask: Ask<Out<P>, Out<Q>, Out<B>, A>) => Promise<Answer>;
}

export type Route = Declaration<
  z.ZodObject | undefined,
  z.ZodObject | undefined,
  z.ZodType | 'file' | undefined,
  Access
>;

export const route = <
  A extends Access,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | 'file' | undefined = undefined,
>(
  declaration: Declaration<P, Q, B, A>,
): Route => declaration as unknown as Route;

/** Who has a role of `access` may do what it guards; an admin everything. */
const mayPass = (access: Access, roles: readonly Role[]): boolean =>
  access === 'user' || roles.includes('admin') || (access === 'auditor' && roles.includes('auditor'));

const nothing = z.strictObject({});

/** From a route to what answers its requests. */
export const handlerOf = (services: Services, route: Route, readBody: ReadBody) => {
  const { access, handle } = route;
  const { params } = route;
  const query = route.query ?? nothing;
  const body = route.body === undefined || route.body === 'file' ? undefined : route.body;

  const authenticate = async (ctx: Context): Promise<Identity> => {
    const identity = await requireIdentity(services, ctx);
    if (!mayPass(access, identity.user.roles)) throw new Refused('not-permitted');
    return identity;
  };

  const sentIn = async (ctx: Context): Promise<unknown> => {
    const read = await readBody(ctx);
    return read.kind === 'json' ? read.value : {};
  };

  return async (ctx: Context): Promise<void> => {
    const identity = access === 'public' ? undefined : await authenticate(ctx);
    const userId = identity?.user.userId ?? null;
    const where = {
      params: params === undefined ? {} : params.parse(ctx.params),
      query: route.query === undefined && !ctx.req.url!.includes('?') ? {} : query.parse(ctx.query),
    };
    const sent = body === undefined ? undefined : await sentIn(ctx);
    const given = { ...where, body: body === undefined ? {} : body.parse(sent) };
    const origin = originOf(services, ctx, userId, () => ({
      path: pathOf(route, where.params),
      query: ctx.query,
      body: sent,
    }));
    const core = coreSince(services.core, ctx.state.began);
    const ask = { services: { ...services, core }, ctx, ...given, identity, userId, origin, readBody };
    await reply(services, ctx, await handle(ask as Ask<never, never, never, never>));
  };
};

const reply = async (services: Services, ctx: Context, answer: Answer): Promise<void> => {
  const { position, headers, content, body } = answer;
  const isVisible = position === undefined || (await settle(services, ctx, position));
  if (typeof body === 'function' && !isVisible) return json(ctx, 202, { position });
  if (typeof body === 'function') {
    try {
      json(ctx, answer.status, await body());
    } catch (error) {
      // What was recorded is not taken back because the views went away meanwhile.
      if (position === undefined || !(error instanceof Unavailable)) throw error;
      return json(ctx, 202, { position });
    }
  } else if (body !== undefined) json(ctx, answer.status, body);
  else {
    ctx.status = answer.status;
    if (content !== undefined) ctx.body = content;
  }
  // Last: setting a body sets its own length, which for a HEAD is not the one to tell.
  if (headers) ctx.set(headers);
};

const json = (ctx: Context, status: number, value: unknown): void => {
  ctx.status = status;
  ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8');
  ctx.body = JSON.stringify(value);
};

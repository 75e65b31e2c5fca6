// A route of the native API, declared once: the router, its checks, the description and the page come from this.

import { z } from 'zod';
import { pathOf } from '../api/idempotency.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Origin } from '../commands/context.ts';
import { coreSince } from '../commands/core.ts';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import type { RefusalCode } from '../domain/refused.ts';
import { accountOf } from '../domain/user.ts';
import type { Services } from '../services.ts';
import { requireIdentity } from './authenticate.ts';
import type { Context } from './context.ts';
import { originOf } from './idempotency.ts';
import type { ReadBody } from './readBody.ts';
import { type Answer, reply } from './reply.ts';

/** Who may ask: anybody, who is signed in, or who may do this action. */
export type Access = 'public' | 'user' | 'audit' | 'appoint';

/** What a handler is given. */
export interface Ask<P, Q, B, A extends Access> {
  readonly services: Services;
  readonly ctx: Context;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** What `read` gave. */
  readonly wish: unknown;
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
  /** Reads all of it in one, where `params` and `body` only describe it: for commands. @throws ZodError */
  readonly read?: (params: object, body: unknown, identity: Identity | undefined) => unknown;
  /** The refusals that it answers with, for the documents. */
  readonly refuses?: readonly RefusalCode[];
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

const nothing = z.strictObject({});

/** From a route to what answers its requests. */
export const handlerOf = (services: Services, route: Route, readBody: ReadBody) => {
  const { access, read, handle } = route;
  const querySchema = route.query ?? nothing;
  const body = route.body === undefined || route.body === 'file' ? undefined : route.body;

  const authenticate = async (ctx: Context): Promise<Identity> => {
    const identity = await requireIdentity(services, ctx);
    if (access !== 'public' && access !== 'user') check(readerOf(accountOf(identity.user)), access, server);
    return identity;
  };

  const sentIn = async (ctx: Context): Promise<unknown> => {
    const read = await readBody(ctx);
    return read.kind === 'json' ? read.value : {};
  };

  return async (ctx: Context): Promise<void> => {
    const identity = access === 'public' ? undefined : await authenticate(ctx);
    const userId = identity?.user.userId ?? null;
    const params = read === undefined ? (route.params?.parse(ctx.params) ?? {}) : ctx.params;
    const query = route.query === undefined && !ctx.req.url!.includes('?') ? {} : querySchema.parse(ctx.query);
    const sent = body === undefined ? undefined : await sentIn(ctx);
    const wish = read?.(params, body === undefined ? {} : sent, identity);
    const given = { params, query, body: read === undefined ? body?.parse(sent) : undefined, wish };
    const origin = originOf(services, ctx, userId, () => ({
      path: pathOf(route, (wish ?? params) as object),
      query: ctx.query,
      body: sent,
    }));
    const core = coreSince(services.core, ctx.state.began);
    const ask = { services: { ...services, core }, ctx, ...given, identity, userId, origin, readBody };
    await reply(services, ctx, await handle(ask as Ask<never, never, never, never>));
  };
};

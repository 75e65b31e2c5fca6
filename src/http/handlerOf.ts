// Answers the requests of a route as its declaration says: checks, counts, parses, and calls its handler.

import { z } from 'zod';
import { HttpFailure } from '../api/failures.ts';
import { pathOf } from '../api/idempotency.ts';
import type { Identity } from '../commands/authenticate.ts';
import { answerWithoutErased } from '../commands/withoutErased.ts';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { checkScope } from '../domain/scopes.ts';
import { accountOf } from '../domain/user.ts';
import type { Services } from '../services.ts';
import { pastOf } from './asOf.ts';
import type { Context } from './context.ts';
import { coreFor, countAccount } from './counting.ts';
import type { ReadBody } from './readBody.ts';
import { send } from './reply.ts';
import { awaitMinPosition, originOf, requireIdentity } from './requestHeaders.ts';
import { hasOwnAsOf, hasPast, type Route, readsViews } from './route.ts';

const nothing = z.strictObject({});

/** `asOf`: for the queries. `asked`: for the handler. @throws HttpFailure `no-past` */
const pastIn = (route: Route, query: Context['query']) => {
  if (hasOwnAsOf(route)) return { asOf: undefined, asked: query };
  const { asOf, ...asked } = query;
  if (asOf !== undefined && !hasPast(route)) throw new HttpFailure('no-past');
  return { asOf, asked };
};

/** The function that answers the requests of a route. */
export const handlerOf = (services: Services, route: Route, readBody: ReadBody) => {
  const { method, access, scope = method === 'GET' ? 'read' : null, read, handle } = route;
  const { costs = access === 'audit' ? { audits: 1 } : {} } = route;
  const querySchema = route.query ?? nothing;
  const body = route.body === 'file' ? undefined : route.body;
  const waits = readsViews(route);
  const usualStatus = Math.min(...Object.keys(route.answers).map(Number));

  const authenticate = async (ctx: Context): Promise<Identity> => {
    const identity = await requireIdentity(services, ctx);
    checkScope(identity.scopes, scope);
    countAccount(services, ctx, identity, costs);
    if (access !== 'public' && access !== 'user') check(readerOf(accountOf(identity.user)), access, server);
    return identity;
  };

  const jsonIn = async (ctx: Context): Promise<unknown> => {
    const sent = await readBody(ctx);
    return sent.kind === 'json' ? sent.value : {};
  };

  return async (ctx: Context): Promise<void> => {
    const identity = access === 'public' ? undefined : await authenticate(ctx);
    if (waits) await awaitMinPosition(services, ctx);
    const userId = identity?.user.userId ?? null;
    const params = read === undefined ? (route.params?.parse(ctx.params) ?? {}) : ctx.params;
    const { asOf, asked } = pastIn(route, ctx.query);
    const query = route.query === undefined && !ctx.req.url!.includes('?') ? {} : querySchema.parse(asked);
    const sent = body && (await jsonIn(ctx));
    const wish = read?.(params, body === undefined ? {} : sent, identity);
    const parsed = { params, query, body: read === undefined ? body?.parse(sent) : undefined, wish };
    const origin = originOf(services, ctx, identity, () => ({
      path: pathOf(route, (wish ?? params) as object),
      query: ctx.query,
      body: sent,
    }));
    const core = coreFor(services, ctx);
    const about = identity && asOf !== undefined ? { identity, origin, params: params as object } : undefined;
    const queries = about ? await pastOf(services, ctx, asOf, about) : services.queries;
    const request = { services: { ...services, core, queries }, ctx, ...parsed, identity, userId, origin, readBody };
    const answer = () => handle(request as Parameters<typeof handle>[0]);
    const reply = method === 'GET' ? await answerWithoutErased(services.events, answer) : await answer();
    await send(services, ctx, reply, usualStatus);
  };
};

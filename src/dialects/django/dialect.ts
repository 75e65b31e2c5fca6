// One API of those that stand on Django REST framework, and the mount that serves one or several of them.

import Router from '@koa/router';
import type { OutsideSignOn } from '../../commands/authenticate.ts';
import type { Context, RequestState } from '../../http/context.ts';
import type { Mount } from '../../http/mount.ts';
import { createBodyReader } from '../../http/readBody.ts';
import { drain } from '../../http/readBytes.ts';
import type { Services } from '../../services.ts';
import type { Hub } from '../../ws/hub.ts';
import type { SocketMount } from '../../ws/server.ts';
import { type ApiError, PageError } from './apiErrors.ts';
import { type ErrorWords, errorOf } from './errorOf.ts';
import { decodePath } from './paths.ts';
import type { RequestMachinery } from './request.ts';
import { respond, respondPage } from './respond.ts';
import { type Answer, allowed, type Route } from './route.ts';
import type { Scheme } from './schemes.ts';
import { candidatesFor, type Served, serveCandidates } from './serve.ts';

export interface Dialect extends ErrorWords {
  /** For logs and metrics. */
  readonly name: string;
  /** Where it lives alone, a path of one segment. */
  readonly prefix: string;
  readonly scheme: (services: Services) => Scheme;
  /** Where it has people of its own, who bring their tokens with them: good everywhere on this server. */
  readonly signOn?: (services: Pick<Services, 'config' | 'core' | 'progress'>) => OutsideSignOn;
  readonly routes: readonly Route[];
  /** Its sockets, at paths that begin with `prefix`. */
  readonly sockets?: (services: Services, hub: Hub, prefix: string) => readonly SocketMount[];
  /** The body of an error that the framework raises, where this dialect puts it into an envelope. */
  readonly wrap?: (error: ApiError) => unknown;
}

const firstSegments = (dialects: readonly Dialect[]): ReadonlySet<string> =>
  new Set(dialects.flatMap(({ routes }) => routes.map(({ path }) => path.split('/', 2)[1]!)));

const answerOf = (error: ApiError, { dialect, scheme }: Pick<Served, 'dialect' | 'scheme'>): Answer => ({
  status: error.status,
  body: dialect.wrap ? dialect.wrap(error) : error.body,
  headers: { ...(error.status === 401 ? { 'WWW-Authenticate': scheme.challenge } : {}), ...error.headers },
});

/**
 * `dialects` at one address, under `prefix`. Paths that two of them have go to the first that serves the method, if
 * their routes do not say how they share it.
 */
export const dialectMount = (services: Services, name: string, prefix: string, dialects: readonly Dialect[]): Mount => {
  const { MAX_BODY, MAX_UPLOAD } = services.config;
  const machinery: RequestMachinery = {
    services,
    prefix,
    readBody: createBodyReader({ body: MAX_BODY, upload: MAX_UPLOAD }),
  };
  const speakers = dialects.map((dialect) => ({ dialect, scheme: dialect.scheme(services) }));

  const find = (ctx: Context): readonly Served[] => {
    const path = decodePath(ctx.path);
    return path === undefined ? [] : candidatesFor(speakers, path.slice(prefix.length));
  };

  /** Undefined: this is for the log, and for `fail`. */
  const known = (ctx: Context, error: unknown, served: Served): Answer | undefined => {
    const answer = errorOf(error, served.dialect, ctx.req.headers['content-type']);
    return answer === undefined || answer.status >= 500 ? undefined : answerOf(answer, served);
  };

  const serve = async (ctx: Context): Promise<void> => {
    const candidates = find(ctx);
    const [first] = candidates;
    if (first === undefined) {
      if (!(await drain(ctx.req))) ctx.set('Connection', 'close');
      return respondPage(ctx, 404);
    }
    // For metrics: which of the routes behind the one that Koa knows.
    ctx._matchedRoute = prefix + first.route.path;
    const attempt = async (served: Served, run: () => Promise<Answer>): Promise<Answer> => {
      try {
        return await run();
      } catch (error) {
        const answer = known(ctx, error, served);
        if (answer === undefined) throw error;
        return answer;
      }
    };
    try {
      const { answer, served } = await serveCandidates(machinery, ctx, candidates, attempt);
      if (!ctx.req.complete && !(await drain(ctx.req))) ctx.set('Connection', 'close');
      respond(ctx, answer, allowed(served.route));
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      if (!(await drain(ctx.req))) ctx.set('Connection', 'close');
      respondPage(ctx, error.status);
    }
  };

  const router = new Router<RequestState>({ sensitive: true });
  for (const segment of prefix === '' ? firstSegments(dialects) : [prefix.slice(1)]) {
    router.all(`/${segment}`, (ctx) => serve(ctx as Context));
    router.all(`/${segment}/*rest`, (ctx) => serve(ctx as Context));
  }

  return {
    name,
    router,
    fail: (ctx, failure) => {
      const [served] = find(ctx);
      const error = served && errorOf(failure.cause, served.dialect, ctx.req.headers['content-type']);
      if (error) respond(ctx, answerOf(error, served), allowed(served.route));
      else respondPage(ctx, failure.status === 404 ? 404 : failure.status < 500 ? 400 : 500);
    },
  };
};

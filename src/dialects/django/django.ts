// The dialects that stand on Django REST framework: what such a dialect declares, and the mount of one or several.

import Router from '@koa/router';
import type { Context, RequestState } from '../../http/context.ts';
import type { Mount } from '../../http/mount.ts';
import { createBodyReader } from '../../http/readBody.ts';
import { drain } from '../../http/readBytes.ts';
import type { Services } from '../../services.ts';
import type { Dialect, Place } from '../dialect.ts';
import { type ApiError, PageError } from './apiErrors.ts';
import { type ErrorWords, errorOf } from './errorOf.ts';
import { decodePath } from './paths.ts';
import type { RequestMachinery } from './request.ts';
import { respond, respondPage } from './respond.ts';
import type { Answer, Route } from './route.ts';
import type { Scheme } from './schemes.ts';
import { type Candidate, candidatesFor, serveCandidates } from './serve.ts';

interface Declaration extends Omit<Dialect, 'mount'>, ErrorWords {
  readonly scheme: (services: Services) => Scheme;
  readonly routes: readonly Route[];
  /** The body of an error that the framework raises, for a dialect with an envelope around it. */
  readonly wrap?: (error: ApiError) => unknown;
}

export interface DjangoDialect extends Dialect, Declaration {}

export const django = (declaration: Declaration): DjangoDialect => ({ ...declaration, mount });

interface Speaker {
  readonly dialect: DjangoDialect;
  readonly scheme: Scheme;
  readonly routes: readonly Route[];
}

const answerOf = (error: ApiError, { dialect, scheme }: Speaker): Answer => ({
  status: error.status,
  body: dialect.wrap ? dialect.wrap(error) : error.body,
  headers: { ...(error.status === 401 ? { 'WWW-Authenticate': scheme.challenge } : {}), ...error.headers },
});

/** The answer to what a route of `speaker` threw; undefined: only the log may show it. */
const answerTo = (ctx: Context, thrown: unknown, speaker: Speaker): Answer | undefined => {
  const error = errorOf(thrown, speaker.dialect, ctx.req.headers['content-type']);
  return error && answerOf(error, speaker);
};

const firstSegments = (dialects: readonly DjangoDialect[]): ReadonlySet<string> =>
  new Set(dialects.flatMap(({ routes }) => routes.map(({ path }) => path.split('/', 2)[1]!)));

/** Where two of `dialects` have a path, the first that serves the method answers, unless their routes share the path. */
const mount = (services: Services, { name, prefix }: Place, dialects: readonly DjangoDialect[]): Mount => {
  const { MAX_BODY, MAX_UPLOAD } = services.config;
  const readBody = createBodyReader({ body: MAX_BODY, upload: MAX_UPLOAD });
  const machinery: RequestMachinery = { services, prefix, readBody };
  const speakers = dialects.map((dialect) => ({ dialect, scheme: dialect.scheme(services), routes: dialect.routes }));

  const find = (ctx: Context): readonly Candidate<Speaker>[] => {
    const path = decodePath(ctx.path);
    return path === undefined ? [] : candidatesFor(speakers, path.slice(prefix.length));
  };

  const attempt = async (ctx: Context, speaker: Speaker, run: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await run();
    } catch (thrown) {
      const answer = answerTo(ctx, thrown, speaker);
      // The server logs an outage, and comes back to `fail`.
      if (answer === undefined || answer.status >= 500) throw thrown;
      return answer;
    }
  };

  const serve = async (ctx: Context): Promise<void> => {
    const candidates = find(ctx);
    const [first] = candidates;
    try {
      if (first === undefined) throw new PageError(404);
      // For metrics: Koa knows one route, and this is the one behind it.
      ctx._matchedRoute = prefix + first.route.path;
      const { answer, route } = await serveCandidates(machinery, ctx, candidates, (speaker, run) =>
        attempt(ctx, speaker, run),
      );
      if (!ctx.req.complete && !(await drain(ctx.req))) ctx.set('Connection', 'close');
      respond(ctx, answer, route);
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      if (!(await drain(ctx.req))) ctx.set('Connection', 'close');
      respondPage(ctx, error.status);
    }
  };

  const router = new Router<RequestState>({ sensitive: true });
  for (const segment of prefix === '' ? firstSegments(dialects) : [prefix.slice(1)])
    router.all([`/${segment}`, `/${segment}/*rest`], (ctx) => serve(ctx as Context));

  return {
    name,
    router,
    fail: (ctx, failure) => {
      const [first] = find(ctx);
      const answer = first && answerTo(ctx, failure.cause, first.speaker);
      if (answer) respond(ctx, answer, first.route);
      else respondPage(ctx, failure.status === 404 ? 404 : failure.status < 500 ? 400 : 500);
    },
  };
};

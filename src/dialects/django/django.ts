// The dialects that stand on Django REST framework: what such a dialect declares, and the mount of one or several.

import Router from '@koa/router';
import type { Context, RequestState } from '../../http/context.ts';
import type { Mount } from '../../http/mount.ts';
import { createBodyReader } from '../../http/readBody.ts';
import { drain } from '../../http/readBytes.ts';
import type { Services } from '../../services.ts';
import type { Dialect, Place } from '../dialect.ts';
import { PageError } from './apiErrors.ts';
import { respond, respondPage } from './respond.ts';
import { answerTo, type Candidate, candidatesFor, type HttpDeclaration, serveCandidates } from './serve.ts';

type Declaration = Omit<Dialect, 'mount'> & HttpDeclaration;

export type DjangoDialect = Dialect & HttpDeclaration;

const firstSegments = (dialects: readonly DjangoDialect[]): ReadonlySet<string> =>
  new Set(dialects.flatMap(({ routes }) => routes.map(({ path }) => path.split('/', 2)[1]!)));

const mount = (services: Services, { name, prefix }: Place, dialects: readonly DjangoDialect[]): Mount => {
  const { MAX_BODY, MAX_UPLOAD } = services.config;
  const machinery = { services, prefix, readBody: createBodyReader({ body: MAX_BODY, upload: MAX_UPLOAD }) };
  const speakers = dialects.map((dialect) => ({ dialect, scheme: dialect.scheme(services) }));

  const find = (ctx: Context): readonly Candidate[] => {
    try {
      return candidatesFor(speakers, decodeURIComponent(ctx.path).slice(prefix.length));
    } catch (error) {
      if (error instanceof URIError) return [];
      throw error;
    }
  };

  const serve = async (ctx: Context): Promise<void> => {
    const candidates = find(ctx);
    // For metrics: Koa knows one route, and this is the one behind it.
    if (candidates[0]) ctx._matchedRoute = prefix + candidates[0].route.path;
    const served = await serveCandidates(machinery, ctx, candidates).catch((error: unknown) => {
      if (error instanceof PageError) return error;
      throw error;
    });
    if (!(await drain(ctx.req))) ctx.set('Connection', 'close');
    if (served instanceof PageError) respondPage(ctx, served.status);
    else respond(ctx, served.answer, served.route);
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

export const django = (declaration: Declaration): DjangoDialect => ({ ...declaration, mount });

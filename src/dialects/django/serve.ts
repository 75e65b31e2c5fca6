// Serves one request, with the checks in Django's order: path, `Accept`, credentials, method, and then those of the handler.

import type { IncomingHttpHeaders } from 'node:http';
import { answerWithoutErased } from '../../commands/withoutErased.ts';
import { checkScope } from '../../domain/scopes.ts';
import type { Context } from '../../http/context.ts';
import { countAccount, countFailed } from '../../http/counting.ts';
import { awaitMinPosition, purposeOf } from '../../http/requestHeaders.ts';
import { TooManyRequests } from '../../limits/limits.ts';
import type { Services } from '../../services.ts';
import { type ApiError, detail, notAuthenticated, PageError } from './apiErrors.ts';
import { bodyOnce } from './body.ts';
import { type ErrorWords, errorOf } from './errorOf.ts';
import { ApiRequest, type RequestMachinery, type Together } from './request.ts';
import { type Answer, handlerOf, ok, type Route } from './route.ts';
import type { Presented, Scheme } from './schemes.ts';

/** What a dialect declares of its HTTP. */
export interface HttpDeclaration extends ErrorWords {
  readonly scheme: (services: Services) => Scheme;
  readonly routes: readonly Route[];
  /** The body of an error that the framework raises, for a dialect with an envelope around it. */
  readonly wrap?: (error: ApiError) => unknown;
}

/** A dialect at one mount. */
export interface Speaker {
  readonly dialect: HttpDeclaration;
  readonly scheme: Scheme;
}

/** A dialect's route for a path. */
export interface Candidate {
  readonly speaker: Speaker;
  readonly route: Route;
  readonly params: Readonly<Record<string, string | number>>;
}

/** The first route of each dialect that has the path. */
export const candidatesFor = (speakers: readonly Speaker[], path: string): readonly Candidate[] =>
  speakers.flatMap((speaker) => {
    const route = speaker.dialect.routes.find(({ matches }) => matches(path));
    return route ? [{ speaker, route, params: route.matches(path)! }] : [];
  });

/** The answer to what a route of the dialect threw; undefined: only the log may show it. */
export const answerTo = (ctx: Context, thrown: unknown, { dialect, scheme }: Speaker): Answer | undefined => {
  const error = errorOf(thrown, dialect, ctx.req.headers['content-type']);
  return (
    error && {
      status: error.status,
      body: dialect.wrap ? dialect.wrap(error) : error.body,
      headers: { ...(error.status === 401 ? { 'WWW-Authenticate': scheme.challenge } : {}), ...error.headers },
    }
  );
};

const presentedIn = ({ req: { headers }, state: { address } }: Context): Presented => ({ headers, address });

/** The answer to OPTIONS. */
const describe = ({ path }: Route): Answer => {
  const words = path.replace(/<\w+:\w+>/g, '').match(/[A-Za-z]+/g) ?? [];
  return ok({
    name: words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(' '),
    description: '',
    renders: ['application/json'],
    parses: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
  });
};

/** What a client may ask for, to get JSON: the framework has a page of HTML too. */
const ANSWERED = new Set(['*/*', 'application/*', 'application/json', 'text/*', 'text/html']);

/** The framework looks at the types alone, not at how much the client prefers each. */
const takesJson = ({ accept = '' }: IncomingHttpHeaders): boolean =>
  accept.trim() === '' || accept.split(',').some((type) => ANSWERED.has(type.split(';', 1)[0]!.trim().toLowerCase()));

const run = async (
  machinery: RequestMachinery,
  ctx: Context,
  { speaker, route, params }: Candidate,
  together: Together,
): Promise<Answer> => {
  if (!route.options.servesFiles && !takesJson(ctx.req.headers))
    throw detail(406, 'Could not satisfy the request Accept header.');
  const identity =
    route.access === 'unasked' ? undefined : await speaker.scheme.identify(presentedIn(ctx), purposeOf(ctx.method));
  if (route.access === 'signed-in' && identity === undefined) throw notAuthenticated();
  if (identity) {
    ctx.state.identity = identity;
    countAccount(machinery.services, ctx, identity);
    // What a request changes is a command, which has a scope of its own.
    if (purposeOf(ctx.method) === 'reading') checkScope(identity.scopes, 'read');
  }
  await awaitMinPosition(machinery.services, ctx);
  if (ctx.method === 'OPTIONS') return describe(route);
  const handle = handlerOf(route, ctx.method);
  if (handle === undefined) throw detail(405, `Method "${ctx.method}" not allowed.`);
  const answer = () => handle(new ApiRequest(machinery, ctx, params, together) as never);
  return purposeOf(ctx.method) === 'reading' ? answerWithoutErased(machinery.services.events, answer) : answer();
};

/** One answer with the keys of all that succeeded, or of all, if none did. */
const merge = (answers: readonly Answer[]): Answer => {
  const good = answers.filter(({ status }) => status < 400);
  const merged = good.length > 0 ? good : answers;
  return { ...merged[0]!, body: Object.assign({}, ...merged.toReversed().map(({ body }) => body)) as unknown };
};

/** One after the other: each is a command of its own on the same account. */
const answerTogether = async (candidates: readonly Candidate[], answerOf: (one: Candidate) => Promise<Answer>) => {
  const answers: Answer[] = [];
  for (const candidate of candidates)
    answers.push(await answerOf({ ...candidate, route: { ...candidate.route, access: 'unasked' } }));
  return merge(answers);
};

/**
 * Where several dialects have the path, the first that serves the method answers, unless their routes share the path.
 * @throws PageError; bugs and outages, which the server logs
 */
export const serveCandidates = async (
  machinery: RequestMachinery,
  ctx: Context,
  candidates: readonly Candidate[],
): Promise<{ readonly answer: Answer; readonly route: Route }> => {
  const together: Together = { readOnce: bodyOnce(ctx, machinery.readBody), begun: new Map() };
  const answerOf = async (candidate: Candidate): Promise<Answer> => {
    try {
      return await run(machinery, ctx, candidate, together);
    } catch (error) {
      const thrown = countFailed(machinery.services, ctx, error);
      const answer = answerTo(ctx, thrown, candidate.speaker);
      // The machinery answers these: it logs outages, and slows down clients that ask on in spite of a limit.
      if (answer === undefined || answer.status >= 500 || thrown instanceof TooManyRequests) throw thrown;
      return answer;
    }
  };
  const able = candidates.filter(({ route }) => handlerOf(route, ctx.method) !== undefined);
  const [first = candidates[0]] = able;
  if (first === undefined) throw new PageError(404);
  if (able.length > 1 && able.every(({ route }) => route.options.shared === 'merged'))
    return { answer: await answerTogether(able, answerOf), route: first.route };
  const isShared = able.length > 1 && typeof first.route.options.shared === 'function';
  // The handler gets the error of a malformed body again, after its own checks.
  const read = isShared ? await together.readOnce().catch(() => undefined) : undefined;
  const isFor = ({ shared }: Route['options']) => read && typeof shared === 'function' && shared(read.body);
  const chosen = able.find(({ route }) => isFor(route.options)) ?? first;
  return { answer: await answerOf(chosen), route: chosen.route };
};

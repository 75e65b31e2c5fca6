// Serves one request, with the checks in Django's order: path, credentials, method, and then those of the handler.

import type { Context } from '../../http/context.ts';
import { purposeOf } from '../../http/requestHeaders.ts';
import { methodNotAllowed, notAuthenticated } from './apiErrors.ts';
import { bodyOnce, type ReadOnce } from './body.ts';
import { ApiRequest, type RequestMachinery } from './request.ts';
import { type Answer, handlerOf, ok, type Route } from './route.ts';
import type { Scheme } from './schemes.ts';

/** A dialect, as far as serving goes. */
interface Serving {
  readonly scheme: Scheme;
  readonly routes: readonly Route[];
}

/** A route that has the path, and whose it is. */
export interface Candidate<S extends Serving> {
  readonly speaker: S;
  readonly route: Route;
  readonly params: Readonly<Record<string, string | number>>;
}

/** The first route of each dialect that has the path. */
export const candidatesFor = <S extends Serving>(speakers: readonly S[], path: string): readonly Candidate<S>[] =>
  speakers.flatMap((speaker) => {
    for (const route of speaker.routes) {
      const params = route.matches(path);
      if (params) return [{ speaker, route, params }];
    }
    return [];
  });

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

const run = async (
  machinery: RequestMachinery,
  ctx: Context,
  { speaker, route, params }: Candidate<Serving>,
  readOnce: ReadOnce,
): Promise<Answer> => {
  const identity =
    route.access === 'unasked' ? undefined : await speaker.scheme.identify(ctx.req.headers, purposeOf(ctx.method));
  if (route.access === 'signed-in' && identity === undefined) throw notAuthenticated();
  if (identity) ctx.state.identity = identity;
  if (ctx.method === 'OPTIONS') return describe(route);
  const handle = handlerOf(route, ctx.method);
  if (handle === undefined) throw methodNotAllowed(ctx.method);
  return handle(new ApiRequest(machinery, ctx, params, readOnce) as never);
};

/** One answer with the keys of all: of those that agreed, or else of all that refused. */
const merge = (answers: readonly Answer[]): Answer => {
  const good = answers.filter(({ status }) => status < 400);
  const told = good.length > 0 ? good : answers;
  return { ...told[0]!, body: Object.assign({}, ...told.toReversed().map(({ body }) => body)) as unknown };
};

/** `attempt` turns what a dialect throws into its answer. */
export const serveCandidates = async <S extends Serving>(
  machinery: RequestMachinery,
  ctx: Context,
  candidates: readonly Candidate<S>[],
  attempt: (speaker: S, run: () => Promise<Answer>) => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly route: Route }> => {
  const readOnce = bodyOnce(ctx, machinery.readBody);
  const able = candidates.filter(({ route }) => handlerOf(route, ctx.method) !== undefined);
  const one = (candidate: Candidate<S>): Promise<Answer> =>
    attempt(candidate.speaker, () => run(machinery, ctx, candidate, readOnce));
  const [first = candidates[0]!] = able;
  const { route } = first;
  if (able.length < 2 || route.options.shared === undefined) return { answer: await one(first), route };
  if (able.every((candidate) => candidate.route.options.shared === 'merged')) {
    const answers: Answer[] = [];
    // One after the other: each is a command of its own on the same account.
    for (const candidate of able)
      answers.push(await one({ ...candidate, route: { ...candidate.route, access: 'unasked' } }));
    return { answer: merge(answers), route };
  }
  let chosen = first;
  const answer = await attempt(first.speaker, async () => {
    const { body } = await readOnce();
    const isFor = ({ shared }: Route['options']): boolean => typeof shared === 'function' && shared(body);
    chosen = able.find((candidate) => isFor(candidate.route.options)) ?? first;
    return one(chosen);
  });
  return { answer, route: chosen.route };
};

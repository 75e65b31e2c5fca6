// From a path to the answer of the dialect it belongs to, with the checks in Django's order: path, credentials, method,
// and whatever the handler looks at then.

import { purposeOf } from '../../http/authenticate.ts';
import type { Context } from '../../http/context.ts';
import { methodNotAllowed, notAuthenticated } from './apiErrors.ts';
import type { Dialect } from './dialect.ts';
import { bodyOnce, createRequest, type ReadOnce, type RequestMachinery } from './request.ts';
import { type Answer, handlerOf, ok, type Route } from './route.ts';
import type { Scheme } from './schemes.ts';

export interface Served {
  readonly dialect: Dialect;
  readonly scheme: Scheme;
  readonly route: Route;
  readonly params: Readonly<Record<string, string | number>>;
}

/** The first route of each dialect that has the path. */
export const candidatesFor = (
  speakers: readonly Pick<Served, 'dialect' | 'scheme'>[],
  path: string,
): readonly Served[] =>
  speakers.flatMap((speaker) => {
    for (const route of speaker.dialect.routes) {
      const params = route.matches(path);
      if (params) return [{ ...speaker, route, params }];
    }
    return [];
  });

const describe = ({ path, options }: Route): Answer => {
  const words = path.replace(/<\w+:\w+>/g, '').match(/[A-Za-z]+/g) ?? [];
  const title = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(' ');
  return ok({
    name: options.name ?? title,
    description: options.description ?? '',
    renders: ['application/json'],
    parses: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
  });
};

const run = async (
  machinery: RequestMachinery,
  ctx: Context,
  { scheme, route, params }: Served,
  readOnce: ReadOnce,
): Promise<Answer> => {
  const identity =
    route.access === 'unasked' ? undefined : await scheme.identify(ctx.req.headers, purposeOf(ctx.method));
  if (route.access === 'signed-in' && identity === undefined) throw notAuthenticated();
  if (identity) ctx.state.identity = identity;
  if (ctx.method === 'OPTIONS') return describe(route);
  const handle = handlerOf(route, ctx.method);
  if (handle === undefined) throw methodNotAllowed(ctx.method);
  return handle(createRequest(machinery, ctx, params, readOnce) as never);
};

/** Answers with the keys of all: of those that agreed, or else of all that refused. */
const merge = (answers: readonly Answer[]): Answer => {
  const good = answers.filter(({ status }) => status < 400);
  const told = good.length > 0 ? good : answers;
  return {
    ...told[0]!,
    body: Object.assign({}, ...told.toReversed().map(({ body }) => body)) as unknown,
  };
};

type Attempt = (served: Served, run: () => Promise<Answer>) => Promise<Answer>;

/** `attempt` turns what a dialect throws into its answer. */
export const serveCandidates = async (
  machinery: RequestMachinery,
  ctx: Context,
  candidates: readonly Served[],
  attempt: Attempt,
): Promise<{ readonly answer: Answer; readonly served: Served }> => {
  const readOnce = bodyOnce(ctx, machinery);
  const serving = candidates.filter(({ route }) => handlerOf(route, ctx.method) !== undefined);
  const one = async (served: Served) => ({
    served,
    answer: await attempt(served, () => run(machinery, ctx, served, readOnce)),
  });
  const [first = candidates[0]!, second] = serving;
  if (second === undefined || first.route.options.shared === undefined) return one(first);
  if (serving.every(({ route }) => route.options.shared === 'merged')) {
    const answers: Answer[] = [];
    // One after the other: each is a command of its own on the same account.
    for (const served of serving) {
      const blind = { ...served, route: { ...served.route, access: 'unasked' as const } };
      answers.push(await attempt(blind, () => run(machinery, ctx, blind, readOnce)));
    }
    return { served: first, answer: merge(answers) };
  }
  let chosen = first;
  const answer = await attempt(first, async () => {
    const { body } = await readOnce();
    chosen =
      serving.find(({ route: { options } }) => typeof options.shared === 'function' && options.shared(body)) ?? first;
    return (await one(chosen)).answer;
  });
  return { served: chosen, answer };
};

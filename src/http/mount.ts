// One of the APIs that this server speaks: its routes and the form of its errors.

import type Router from '@koa/router';
import type { Failure } from '../api/failures.ts';
import type { Context, RequestState } from './context.ts';

export interface Mount {
  /** For logs and metrics. */
  readonly name: string;
  /** Its paths are complete: set a prefix in the router itself (`new Router({ prefix, sensitive: true })`). */
  readonly router: Router<RequestState>;
  /** Writes status, headers and body of an error under this mount's paths. The caller has set `failure.headers`. */
  readonly fail: (ctx: Context, failure: Failure) => void;
}

const segmentsOf = (path: string): readonly [string, string] => {
  const end = path.indexOf('/', 1);
  if (end === -1) return [path.slice(1), ''];
  const next = path.indexOf('/', end + 1);
  return [path.slice(1, end), next === -1 ? path.slice(end + 1) : path.slice(end + 1, next)];
};

const isLiteral = (segment: string): boolean => !/[:*{}()?+]/.test(segment);

const hasRoute = (mount: Mount, path: string): boolean => mount.router.match(path, 'GET').path.length > 0;

/**
 * Finds the mount that answers for a path: the first with a route there, else the first with routes that begin alike
 * (clients expect its errors there), else none. A router tries its routes one by one, so the first two segments of the
 * path select the routers to try.
 */
export const mountTable = (mounts: readonly Mount[]): ((path: string) => Mount | undefined) => {
  const routes = mounts.flatMap((mount) =>
    mount.router.stack.map(({ path }) => ({ mount, segments: segmentsOf(typeof path === 'string' ? path : '/*') })),
  );
  const mountsOf = (fits: (segments: readonly [string, string]) => boolean): readonly Mount[] => [
    ...new Set(routes.filter(({ segments }) => fits(segments)).map(({ mount }) => mount)),
  ];
  const may = (segment: string, wanted: string): boolean => !isLiteral(segment) || segment === wanted;
  const anywhere = mountsOf(([first]) => !isLiteral(first));
  const byFirst = new Map<string, { alike: readonly Mount[]; bySecond: Map<string, readonly Mount[]> }>();
  for (const [first] of routes.map(({ segments }) => segments)) {
    if (!isLiteral(first) || byFirst.has(first)) continue;
    const seconds = routes.filter(({ segments: [one] }) => one === first).map(({ segments: [, two] }) => two);
    const bySecond = new Map(
      seconds
        .filter(isLiteral)
        .map((second) => [second, mountsOf(([one, two]) => may(one, first) && may(two, second))]),
    );
    byFirst.set(first, { alike: mountsOf(([one]) => may(one, first)), bySecond });
  }
  return (path) => {
    const [first, second] = segmentsOf(path);
    const { alike, bySecond } = byFirst.get(first) ?? { alike: anywhere };
    const near = bySecond?.get(second) ?? alike;
    return near.length === 1 ? near[0] : (near.find((mount) => hasRoute(mount, path)) ?? alike[0]);
  };
};

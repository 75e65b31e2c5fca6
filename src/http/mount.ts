// One API among those this server speaks: its routes, and how its errors look.

import type Router from '@koa/router';
import type { Context, RequestState } from './context.ts';
import type { Failure } from './failures.ts';

export interface Mount {
  /** For logs and metrics. */
  readonly name: string;
  /** With every path whole: a prefix is the router's own (`new Router({ prefix, sensitive: true })`). */
  readonly router: Router<RequestState>;
  /** Writes status, headers and body of an error under this mount's paths. `failure.headers` are set already. */
  readonly fail: (ctx: Context, failure: Failure) => void;
}

/** The first segment of a path, or of a route's pattern; `undefined` where a pattern begins with a parameter. */
const firstSegment = (path: string): string => {
  const end = path.indexOf('/', 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
};

const isLiteral = (segment: string): boolean => !/[:*{}()?+]/.test(segment);

const segmentsOf = ({ router }: Mount): Set<string> =>
  new Set(router.stack.map(({ path }) => (typeof path === 'string' ? firstSegment(path) : '*')));

/**
 * From a path to the mount that answers for it: the first that has a route there, else the first that has routes
 * beginning alike (its errors are the ones expected there), else none.
 */
export const mountTable = (mounts: readonly Mount[]): ((path: string) => Mount | undefined) => {
  const anywhere: Mount[] = [];
  const bySegment = new Map<string, Mount[]>();
  for (const mount of mounts) {
    const segments = segmentsOf(mount);
    if (![...segments].every(isLiteral)) anywhere.push(mount);
    for (const segment of segments)
      if (isLiteral(segment)) bySegment.set(segment, [...(bySegment.get(segment) ?? []), mount]);
  }
  const hasRoute = (mount: Mount, path: string): boolean => mount.router.match(path, 'GET').path.length > 0;
  return (path) => {
    const near = bySegment.get(firstSegment(path)) ?? [];
    if (near.length === 1 && anywhere.length === 0) return near[0];
    return near.find((mount) => hasRoute(mount, path)) ?? anywhere.find((mount) => hasRoute(mount, path)) ?? near[0];
  };
};

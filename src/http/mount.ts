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

/** Where routes lie, by the segments of their paths. */
interface Place {
  readonly literals: Map<string, Place>;
  parameter: Place | undefined;
  /** Of the routes whose paths end here. */
  readonly mounts: Set<Mount>;
  /** Of the routes that take all paths below. */
  readonly below: Set<Mount>;
}

const emptyPlace = (): Place => ({ literals: new Map(), parameter: undefined, mounts: new Set(), below: new Set() });

/** Routers may ignore a slash at the end. */
const segmentsOf = (path: string): readonly string[] => path.replace(/\/$/, '').split('/').slice(1);

const PARAMETER = /^:\w+$/;
const LITERAL = /^[^:*{}()?+]+$/;
/** The last segment of a path: stands for one or more. */
const REST = /^\*\w+$/;

const placeBelow = (place: Place, segment: string): Place => {
  if (PARAMETER.test(segment)) {
    place.parameter ??= emptyPlace();
    return place.parameter;
  }
  if (!LITERAL.test(segment)) throw new TypeError(`a segment of a path is a text or a parameter, not ${segment}`);
  const next = place.literals.get(segment) ?? emptyPlace();
  place.literals.set(segment, next);
  return next;
};

const put = (root: Place, mount: Mount, segments: readonly string[]): void => {
  const isOpen = REST.test(segments.at(-1) ?? '');
  const place = segments.slice(0, isOpen ? -1 : undefined).reduce(placeBelow, root);
  (isOpen ? place.below : place.mounts).add(mount);
};

const mountsAt = (place: Place, segments: readonly string[], at = 0): readonly Mount[] => {
  const segment = segments[at];
  if (segment === undefined) return [...place.mounts];
  const literal = place.literals.get(segment);
  const parameter = segment === '' ? undefined : place.parameter;
  const deeper = [literal, parameter].flatMap((next) => (next ? mountsAt(next, segments, at + 1) : []));
  return [...place.below, ...deeper];
};

/**
 * Finds the mount that answers for a path: the first with a route there, else the first with routes that begin alike
 * (clients expect its errors there), else none.
 * @throws TypeError a path has a segment that is neither a text nor a parameter, nor `*rest` at its end
 */
export const mountTable = (mounts: readonly Mount[]): ((path: string) => Mount | undefined) => {
  const root = emptyPlace();
  const byFirst = new Map<string, Mount>();
  for (const mount of mounts)
    for (const { path } of mount.router.stack) {
      const segments = segmentsOf(String(path));
      put(root, mount, segments);
      const [first] = segments;
      if (first !== undefined && !byFirst.has(first)) byFirst.set(first, mount);
    }
  const order = new Map(mounts.map((mount, at) => [mount, at]));
  return (path) => {
    const segments = segmentsOf(path);
    const [first, ...others] = mountsAt(root, segments);
    if (first === undefined) return byFirst.get(segments[0] ?? '');
    return others.reduce((one, other) => (order.get(other)! < order.get(one)! ? other : one), first);
  };
};

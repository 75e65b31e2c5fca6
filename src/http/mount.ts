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

/** The API of a route, and its place among all: the first one answers. */
interface Owner {
  readonly mount: Mount;
  readonly order: number;
}

/** Where routes lie, by the segments of their paths. */
interface Place {
  readonly literals: Map<string, Place>;
  parameter?: Place;
  /** Of a route whose path ends here. */
  here?: Owner;
  /** Of a route that takes all paths below. */
  below?: Owner;
}

/** Routers may ignore a slash at the end. */
const segmentsOf = (path: string): readonly string[] =>
  path.slice(1, path.endsWith('/') && path.length > 1 ? -1 : undefined).split('/');

const PARAMETER = /^:\w+$/;
const LITERAL = /^[^:*{}()?+]*$/;
/** The last segment of a path: stands for one or more. */
const REST = /^\*\w+$/;

const placeBelow = (place: Place, segment: string): Place => {
  if (PARAMETER.test(segment)) {
    place.parameter ??= { literals: new Map() };
    return place.parameter;
  }
  if (!LITERAL.test(segment)) throw new TypeError(`a segment of a path is a text or a parameter, not ${segment}`);
  const next = place.literals.get(segment) ?? { literals: new Map() };
  place.literals.set(segment, next);
  return next;
};

const put = (root: Place, segments: readonly string[], owner: Owner): void => {
  const isOpen = REST.test(segments.at(-1) ?? '');
  const place = segments.slice(0, isOpen ? -1 : undefined).reduce(placeBelow, root);
  if (isOpen) place.below ??= owner;
  else place.here ??= owner;
};

const firstOf = (one: Owner | undefined, other: Owner | undefined): Owner | undefined =>
  one === undefined || (other !== undefined && other.order < one.order) ? other : one;

const ownerOf = (place: Place | undefined, segments: readonly string[], at = 0): Owner | undefined => {
  if (place === undefined) return undefined;
  const segment = segments[at];
  if (segment === undefined) return place.here;
  const literal = ownerOf(place.literals.get(segment), segments, at + 1);
  const parameter = segment === '' ? undefined : ownerOf(place.parameter, segments, at + 1);
  return firstOf(firstOf(literal, parameter), place.below);
};

/**
 * Finds the mount that answers for a path: the first with a route there, else the first with routes that begin alike
 * (clients expect its errors there), else none. A router would try its routes one by one.
 * @throws TypeError a path has a segment that is neither a text nor a parameter, nor `*rest` at its end
 */
export const mountTable = (mounts: readonly Mount[]): ((path: string) => Mount | undefined) => {
  const root: Place = { literals: new Map() };
  const byFirst = new Map<string, Mount>();
  for (const [order, mount] of mounts.entries())
    for (const { path } of mount.router.stack) {
      const segments = segmentsOf(String(path));
      put(root, segments, { mount, order });
      if (!byFirst.has(segments[0]!)) byFirst.set(segments[0]!, mount);
    }
  return (path) => {
    const segments = segmentsOf(path);
    return ownerOf(root, segments)?.mount ?? byFirst.get(segments[0]!);
  };
};

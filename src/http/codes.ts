// Every code that a route may answer with when it fails: its own, and those of the machinery around it.

import type { FailureCode } from '../api/failureCodes.ts';
import { type Access, hasOwnAsOf, hasPast, type Route, readsViews } from './route.ts';

const ALL = [
  'malformed-request',
  'too-many-requests',
  'internal',
  'busy',
  'history-unreadable',
  'unavailable',
] as const;
const USERS = ['signed-out', 'scope-missing'] as const;
const BODY = [
  'media-type-unsupported',
  'content-encoding-unsupported',
  'too-large',
  'request-aborted',
  'request-too-slow',
] as const;

/** A key is sent with a POST alone. */
const isPossible =
  ({ method }: Route) =>
  (code: FailureCode): boolean =>
    method === 'POST' || code !== 'command-key-reused';

const ofAccess = (access: Access): readonly FailureCode[] => {
  if (access === 'public') return [];
  return access === 'user' ? USERS : [...USERS, 'not-permitted'];
};

const ofBody = ({ body }: Route): readonly FailureCode[] => {
  if (body === undefined) return [];
  return [...BODY, body === 'file' ? 'malformed-body' : 'malformed-json'];
};

export const codesOf = (route: Route): readonly FailureCode[] => [
  ...new Set([
    ...(route.refuses ?? []).filter(isPossible(route)),
    ...ofAccess(route.access),
    ...ofBody(route),
    ...(readsViews(route) ? (['position-not-reached', 'position-unknown'] as const) : []),
    ...(hasPast(route) || hasOwnAsOf(route) ? [] : (['no-past'] as const)),
    ...ALL,
  ]),
];

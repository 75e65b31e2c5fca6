// Chains the events of a stream: each holds a hash of its own content and of the hash before it. Whoever changes, drops,
// adds or moves an event breaks the chain.

import { hash } from 'node:crypto';
import type { NewEvent, Recorded } from '../store/ports.ts';

/** Of the event before the first of a stream. */
export const NO_HASH = '';

const HASH = ',"hash":"';
const HASH_CHARS = 43;

export type Chained = Pick<Recorded, 'stream' | 'revision'> & NewEvent;

/** What the hash of an event covers, as one JSON text. `meta`: without the hash and what follows it. */
const textOf = (before: string, { stream, revision, id, type, data, meta }: Chained): string =>
  `${JSON.stringify([before, stream, revision, id, type]).slice(0, -1)},${data},${meta}]`;

/** @returns SHA-256 in base64url */
const hashOf = (before: string, event: Chained): string => hash('sha256', textOf(before, event), 'base64url');

/** The event's metadata with its hash, and the hash. */
export const chain = (before: string, event: Chained): readonly [meta: string, hash: string] => {
  const own = hashOf(before, event);
  return [`${event.meta.slice(0, -1)}${HASH}${own}"}`, own];
};

/** The hash that a recorded event holds. Undefined: it has none. */
export const hashIn = (meta: string): string | undefined => {
  // In a JSON text these characters stand nowhere else: inside a string, the quotes would be escaped.
  const at = meta.indexOf(HASH);
  return at === -1 ? undefined : meta.slice(at + HASH.length, at + HASH.length + HASH_CHARS);
};

const unchained = (meta: string): string => {
  const at = meta.indexOf(HASH);
  return at === -1 ? meta : `${meta.slice(0, at)}}`;
};

/** What the hash of a recorded event covers: whoever has this text needs nothing of ours to compute the hash. */
export const contentOf = (before: string, event: Chained): string =>
  textOf(before, { ...event, meta: unchained(event.meta) });

/** What may follow the hash: the end, and in a copy the places in earlier logs, which no hash covers. */
const FOLLOWS = /^"(?:,"copied":\[\["[\da-f-]{36}",\d{1,16}\](?:,\["[\da-f-]{36}",\d{1,16}\])*\])?\}$/;

/** How all metadata begin. No object in a list in `data` does: so nobody moves the end of `data` in the hashed text. */
const BEGINS = '{"v":';

const isWhole = (meta: string): boolean =>
  meta.startsWith(BEGINS) && FOLLOWS.test(meta.slice(meta.indexOf(HASH) + HASH.length + HASH_CHARS));

/** Whether a recorded event is as it was chained to the hash `before` it. */
export const isChained = (before: string, event: Chained): boolean => {
  const own = hashIn(event.meta);
  return own !== undefined && isWhole(event.meta) && own === hash('sha256', contentOf(before, event), 'base64url');
};

const COPIED = '"copied":';

/** The places of a copied event in earlier logs, which no hash covers. `meta`: of an event that `isChained`. */
export const copiedIn = (meta: string): readonly (readonly [logId: string, position: number])[] => {
  const at = meta.indexOf(HASH) + HASH.length + HASH_CHARS + '",'.length;
  return meta.startsWith(COPIED, at) ? JSON.parse(meta.slice(at + COPIED.length, -1)) : [];
};

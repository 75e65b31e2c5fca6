// What stores throw.

import { describeCause } from './cause.ts';

export type StoreName = 'events' | 'views' | 'blobs' | 'keys';

const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Whether an error is one of the language's own. The same work would meet it again, so it is a bug and no outage. Unlike our
 * own classes, these come from a thread as what they are.
 */
export const isBug = (error: unknown): error is Error => BUGS.some((kind) => error instanceof kind);

/** Another writer was first: the stream's last revision is not the expected one. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  constructor(stream: string) {
    super(`another writer was first on ${stream}`);
  }
}

/** Events need the key of somebody who was erased, and who never gets another one. Nothing was written. */
export class KeyDestroyed extends Error {
  override readonly name = 'KeyDestroyed';
  /** Whose key it was: see `PrivatePart`. */
  readonly subject: string;
  constructor(subject: string) {
    super(`the keys of ${subject} were destroyed: it gets no new ones`);
    this.subject = subject;
  }
}

/** A store is away, full or failing; its message says why, if that is known. Becomes 503 with `Retry-After`. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable';
  readonly store: StoreName;
  constructor(store: StoreName, cause?: unknown) {
    const why = describeCause(cause);
    super(`the store of ${store} is unavailable${why === undefined ? '' : `: ${why}`}`, { cause });
    this.store = store;
  }
}

/** Events of a stream are missing, so nothing may be decided on it. An operator must bring them back. */
export class Hidden extends Unavailable {
  override readonly name = 'Hidden';
  readonly stream: string;
  /** The revision that is missing. */
  readonly revision: number;
  constructor(stream: string, revision: number, why = 'somebody removed events, or limits how many are kept') {
    super('events', new Error(`${stream} lacks its event ${revision}: ${why}`));
    this.stream = stream;
    this.revision = revision;
  }
}

/** No event lies at a position that was named, nor is it 0. */
export class PositionUnknown extends Error {
  override readonly name = 'PositionUnknown';
  constructor(position: number) {
    super(`the log has no event at position ${position}`);
  }
}

/** A content is longer than its limit. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  constructor(limit: number) {
    super(`more than ${limit} bytes`);
  }
}

/** No content is named `hash`. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

/** The views that this batch continues serve no longer: start again from `checkpoint()`. */
export class Switched extends Error {
  override readonly name = 'Switched';
  constructor() {
    super('other views serve now: start again from their checkpoint');
  }
}

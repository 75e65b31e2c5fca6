// At which addresses accounts were signed in before.

import { LRUCache } from 'lru-cache';

/** Accounts with an address where they were signed in; one account may have many. */
const KNOWN = 100_000;

/** The places that were known before the start, as marks; and the marks that a place may have, the first for a new one. */
export interface EarlierPlaces {
  readonly marks: readonly string[];
  readonly marksOf: (place: string) => readonly string[];
}

const none: EarlierPlaces = { marks: [], marksOf: () => [] };

/** `place`: an account at an address. */
export const createKnownPlaces = ({ marks: before, marksOf }: EarlierPlaces = none) => {
  // With `max` the cache would allocate its full size at once.
  const known = new LRUCache<string, true>({ maxSize: KNOWN, sizeCalculation: () => 1 });
  const knownBefore = new Set(before);
  const wasKnown = (marks: readonly string[]): boolean => marks.some((mark) => knownBefore.has(mark));
  const hasNow = (place: string): boolean => known.get(place) !== undefined;
  return {
    /** It was added since the start. */
    hasNow,
    has: (place: string): boolean => hasNow(place) || wasKnown(marksOf(place)),
    /** `isNew`: it was not known before the start either. `mark`: if places are marked. */
    add: (place: string): { readonly isNew: boolean; readonly mark: string | undefined } => {
      known.set(place, true);
      const marks = marksOf(place);
      return { isNew: !wasKnown(marks), mark: marks[0] };
    },
    /** Another process added it. */
    hear: (place: string): void => void known.set(place, true),
  };
};

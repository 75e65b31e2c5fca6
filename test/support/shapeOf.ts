import type { Collection, Shape } from '../../src/store/ports.ts';

/** The shape of one version of a program with these collections. */
export const shapeOf = (collections: readonly Collection[], version = 1, readsFrom = 1): Shape => ({
  version,
  readsFrom,
  collections,
});

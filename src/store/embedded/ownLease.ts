import type { Lease } from '../ports.ts';

/** The lease on views that no other process can project: always held. */
export const ownLease = (): Lease => ({
  isShared: false,
  isHeld: true,
  held: async () => ({ lost: new AbortController().signal }),
  release: async () => undefined,
});

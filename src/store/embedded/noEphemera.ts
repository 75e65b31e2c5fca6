import type { Ephemera } from '../ports.ts';

/** There is no other process to tell, or no store that would carry it. */
export const noEphemera = (): Ephemera => ({ tell: () => undefined, listen: () => undefined });

// The checkpoint of views in tests of their stores.

import type { Checkpoint } from '../../src/store/ports.ts';

export const upTo = (position: number): Checkpoint => ({ position, mark: position === 0 ? '' : `event ${position}` });

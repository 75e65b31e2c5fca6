// The mount table: every foreign API that is spoken. Deleting a line and its folder changes nothing else.

import type { Mount } from '../http/mount.ts';
import type { Services } from '../services.ts';

export const dialectMounts = (_services: Services): readonly Mount[] => [];

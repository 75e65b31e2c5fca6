// Names the run of the operating system: what was written without a sync is whole as long as it has not ended.

import { readFileSync } from 'node:fs';

/** Out: `undefined` on systems that do not name their boots. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

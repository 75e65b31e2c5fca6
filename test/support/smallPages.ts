// A log that is read a few events at a time, so that a short history has many pages.

import type { Stores } from '../../src/stores.ts';
import { instead } from './instead.ts';

/** For `startProgram`: pages of the log have `size` events at most. */
export const smallPages =
  (size: number) =>
  (opened: Stores): Stores => {
    const { events } = opened;
    const readLog: typeof events.readLog = (after) => events.readLog(after, size);
    return { ...opened, events: instead(events, { readLog }) };
  };

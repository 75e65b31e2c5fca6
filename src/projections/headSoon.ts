// The end of the log for those who ask whether all is well: they do not wait long for an answer.

import { type EventReader, Unavailable } from '../store/ports.ts';

/** Milliseconds: an orchestrator gives a probe a second. */
const PATIENCE = 500;

/** As `head`, from a store that hangs, too. @throws Unavailable */
export const headSoon = async (events: Pick<EventReader, 'head'>): Promise<number> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const why = new Error(`it has not answered for ${PATIENCE / 1000} s`);
  const timer = setTimeout(() => reject(new Unavailable('events', why)), PATIENCE);
  try {
    return await Promise.race([events.head(), late]);
  } finally {
    clearTimeout(timer);
  }
};

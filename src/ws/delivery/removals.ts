// Which messages were removed: histories never send what these said. The views know, and are asked once for a page of the log.

import type { Removal } from '../../projections/messages.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import type { LogPage } from './logPages.ts';

/** By place in a page: the messages that were removed. */
export type Removed = ReadonlyMap<number, Removal>;

export type Removals = ReturnType<typeof createRemovals>;

export const createRemovals = ({ queries, progress, decode }: Pick<Services, 'queries' | 'progress' | 'decode'>) => {
  let latest = 0;
  const asked = new WeakMap<LogPage, { readonly latest: number; readonly removed: Promise<Removed> }>();

  const messageIdOf = (recorded: Recorded): string | undefined => {
    if (recorded.type !== 'MessageSent') return undefined;
    try {
      const event = decode(recorded);
      return event.type === 'MessageSent' ? event.data.messageId : undefined;
    } catch {
      // Only those who would receive the event learn that nobody can read it.
      return undefined;
    }
  };

  const ask = async ({ events }: LogPage): Promise<Removed> => {
    const messageIds = events.map(messageIdOf);
    const wanted = messageIds.filter((id) => id !== undefined);
    if (wanted.length === 0) return new Map();
    // Views that are read hold all that was recorded before the program started.
    if (latest > 0 && !(await progress.reached(latest))) throw new Unavailable('views');
    const found = await queries.removalsOf(wanted);
    const removed = new Map<number, Removal>();
    for (const [place, id] of messageIds.entries()) {
      const removal = found.get(id ?? '');
      if (removal !== undefined) removed.set(place, removal);
    }
    return removed;
  };

  return {
    /** The position of the last removal that the fan-out came to; 0: none yet. */
    get latest(): number {
      return latest;
    },
    /** The fan-out has come to a removal. */
    passed: (position: number): void => {
      latest = position;
    },
    /** Knows every removal up to `latest` at the call. @throws Unavailable the views are away, or behind it */
    among: (page: LogPage): Promise<Removed> => {
      const known = asked.get(page);
      if (known?.latest === latest) return known.removed;
      const removed = ask(page);
      asked.set(page, { latest, removed });
      removed.catch(() => asked.delete(page));
      return removed;
    },
  };
};

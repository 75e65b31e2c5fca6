// Pages of the log for all subscribers that catch up. Many come back at the same moment, and read the same part of the log.

import { LRUCache } from 'lru-cache';
import { knownOf, mustBeKnown } from '../../domain/codec.ts';
import { conversationIdOf } from '../../domain/streams.ts';
import { charsOf, type EventReader, isLastPage, type Recorded } from '../../store/ports.ts';
import { isDeparture, isPersonal } from '../subscribers/subscriber.ts';

/** Events of one page: few enough that making their frames is no noticeable pause. */
const EVENTS = 256;
const KEPT_CHARS = 16_000_000;
/** Characters that one event costs beside its texts. */
const KEEPING = 400;
/** A page at the end of the log with fewer events is read again, from its start, once the log has gone on. */
const SHORT = 32;
/** Milliseconds that a page at the end of the log is kept: a later one will have more events. */
const BRIEFLY = 1000;

export interface LogPage {
  /** Positions. The page has every event of the log after `start`, up to and with `end`. */
  readonly start: number;
  readonly end: number;
  readonly events: readonly Recorded[];
  /** Rises when something is erased: older pages may show it. */
  readonly generation: number;
  /** Where in `events` those of each conversation are. */
  readonly conversations: ReadonlyMap<string, readonly number[]>;
  /** Where the events are by which users leave conversations. */
  readonly departures: readonly number[];
  /** Where the events outside conversations are that somebody is told of. */
  readonly personal: readonly number[];
}

const pageOf = (start: number, events: readonly Recorded[], generation: number): LogPage => {
  const conversations = new Map<string, number[]>();
  const departures: number[] = [];
  const personal: number[] = [];
  events.forEach((recorded, i) => {
    const conversationId = conversationIdOf(recorded.stream);
    if (conversationId === undefined) {
      if (isPersonal(recorded)) personal.push(i);
      return;
    }
    const known = conversations.get(conversationId);
    if (known) known.push(i);
    else conversations.set(conversationId, [i]);
    if (isDeparture(recorded as Parameters<typeof isDeparture>[0])) departures.push(i);
  });
  return { start, end: events.at(-1)!.position, events, generation, conversations, departures, personal };
};

export type LogPages = ReturnType<typeof createLogPages>;

/** Out: the page with the first event after a position; undefined: the log has none. It throws Unavailable, Unreadable. */
export const createLogPages = ({ events }: { readonly events: Pick<EventReader, 'readLog'> }) => {
  let generation = 0;
  /** Where the last page at the end of the log lies, while it has few events. */
  let short: Pick<LogPage, 'start' | 'end'> | undefined;
  const kept = new LRUCache<number, LogPage>({
    maxSize: KEPT_CHARS,
    sizeCalculation: (page) => page.events.reduce((sum, event) => sum + charsOf(event) + KEEPING, 0),
    ignoreFetchAbort: true,
    fetchMethod: async (start, _stale, { options }) => {
      const begun = generation;
      const read = await events.readLog(start, EVENTS);
      const isLast = isLastPage(read, EVENTS);
      if (isLast) options.ttl = BRIEFLY;
      const known = knownOf(read);
      const end = known.at(-1)?.position;
      if (isLast && end !== undefined && known.length < SHORT) short = { start, end };
      else if (short?.start === start) short = undefined;
      // The events before one of a newer version come first.
      if (known.length > 0) return pageOf(start, known, begun);
      if (read.length > 0) mustBeKnown(read[0]!);
      return undefined;
    },
  });

  const pageAfter = async (position: number): Promise<LogPage | undefined> => {
    const page = kept.get(position);
    if (page) return page;
    // Whoever comes from somewhere else goes on in the pages of those who came first.
    for (const near of kept.values())
      if (near.start < position && position < near.end) return kept.get(near.start) ?? near;
    // While others write, those who come later need not take a page for each event since.
    const isInShort = short !== undefined && short.start < position && position <= short.end;
    const longer = isInShort ? await kept.fetch(short!.start, { forceRefresh: true }) : undefined;
    return longer && position < longer.end ? longer : kept.fetch(position);
  };
  const forget = (): void => {
    generation++;
    kept.clear();
  };
  return { pageAfter, forget };
};

// A page of events, bounded in number and in characters: how much every event store gives at once.

import { charsOf, PAGE_CHARS, type Recorded } from './ports.ts';

export interface Page {
  readonly events: readonly Recorded[];
  isFull(): boolean;
  /** Whether more fits after this one. */
  add(event: Recorded): boolean;
}

/** An empty page for `limit` events at most. */
export function openPage(limit: number): Page {
  const events: Recorded[] = [];
  let chars = 0;
  const isFull = (): boolean => events.length >= limit || chars >= PAGE_CHARS;
  return {
    events,
    isFull,
    add(event) {
      events.push(event);
      chars += charsOf(event);
      return !isFull();
    },
  };
}

/** A page of the first of `events`. No more of them are read than fit. */
export function takePage(events: Iterable<Recorded>, limit: number): readonly Recorded[] {
  const page = openPage(limit);
  for (const event of events) if (!page.add(event)) break;
  return page.events;
}

// The latest events of the log, kept in memory for those who follow at its end.

import { takePage } from '../page.ts';
import { charsOf, type Recorded } from '../ports.ts';

/** A power of two, so that a position's slot is cheap to find. */
const EVENTS = 8192;
const CHARS = 8_000_000;

export class RecentEvents {
  /** Position of the last event written, kept here or not. */
  head: number;
  #first: number;
  #chars = 0;
  readonly #slots: (Recorded | undefined)[] = new Array(EVENTS).fill(undefined);

  constructor(head: number) {
    this.head = head;
    this.#first = head + 1;
  }

  /** Takes the events just written, in log order. */
  push(events: readonly Recorded[]): void {
    for (const event of events) {
      if (event.position !== this.head + 1) this.reset(event.position - 1);
      if (this.head - this.#first + 1 === EVENTS) this.#dropFirst();
      this.#slots[event.position % EVENTS] = event;
      this.#chars += charsOf(event);
      this.head = event.position;
    }
    while (this.#chars > CHARS) this.#dropFirst();
  }

  /** Forgets everything; the log goes on after `head`. */
  reset(head: number): void {
    while (this.#first <= this.head) this.#dropFirst();
    this.head = head;
    this.#first = head + 1;
  }

  /** A page of the events after `position`; undefined when the first of them is no longer here. */
  after(position: number, limit: number): readonly Recorded[] | undefined {
    if (position >= this.head) return [];
    if (position < this.#first - 1) return undefined;
    return takePage(this.#from(position + 1), limit);
  }

  *#from(position: number): Generator<Recorded, void> {
    for (let at = position; at <= this.head; at++) yield this.#slots[at % EVENTS]!;
  }

  #dropFirst(): void {
    const slot = this.#first++ % EVENTS;
    this.#chars -= charsOf(this.#slots[slot]!);
    this.#slots[slot] = undefined;
  }
}

// The latest events of the log, in memory for followers at its end.

import { charsOf, type Recorded, type StreamRange } from '../ports.ts';
import { takePage } from './page.ts';

const EVENTS = 8192;
const CHARS = 8_000_000;
/** Latest events among which `one` looks. */
const NEAR = 1024;
/** The array is copied once so many empty places stand at its beginning. */
const SLACK = 4096;

export class RecentEvents {
  /** Every event after this position is here; Infinity before `start`. */
  floor = Infinity;
  /** The store is closed: followers end. */
  hasEnded: boolean = false;
  /** Undefined: dropped. All that are here stand from `#first` on. */
  #events: (Recorded | undefined)[] = [];
  #first = 0;
  #chars = 0;
  #news = Promise.withResolvers<void>();

  /** Position of the last event. */
  get head(): number {
    return this.#events.at(-1)?.position ?? this.floor;
  }

  /** Forgets everything; the log goes on after `position`. */
  start(position: number): void {
    this.floor = position;
    this.#events = [];
    this.#first = 0;
    this.#chars = 0;
  }

  /** Takes the next event of the log. */
  push(event: Recorded): void {
    this.#events.push(event);
    this.#chars += charsOf(event);
    while (this.#events.length - this.#first > EVENTS || this.#chars > CHARS) {
      const dropped = this.#events[this.#first]!;
      this.#events[this.#first++] = undefined;
      this.floor = dropped.position;
      this.#chars -= charsOf(dropped);
    }
    if (this.#first > SLACK) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Lets followers at the end look again. */
  wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** Ends all followers. */
  end(): void {
    this.hasEnded = true;
    this.wake();
  }

  /** Resolves at the next `wake`. */
  next(): Promise<void> {
    return this.#news.promise;
  }

  /** A page of the events after `position`; undefined when the first of them may no longer be here, or the store is closed. */
  after(position: number, limit: number): readonly Recorded[] | undefined {
    if (position < this.floor || this.hasEnded) return undefined;
    return takePage(this.#from(this.#indexAfter(position)), limit);
  }

  /** The one event that `range` asks for, if it is among the very latest: an answer shows what was just recorded. */
  one(stream: string, { from, backwards, limit }: StreamRange): readonly [Recorded] | undefined {
    if (limit !== 1 || backwards || from === undefined) return undefined;
    const events = this.#events;
    const end = Math.max(this.#first, events.length - NEAR);
    for (let at = events.length - 1; at >= end; at--) {
      const event = events[at]!;
      if (event.revision === from && event.stream === stream) return [event];
    }
    return undefined;
  }

  *#from(index: number): Generator<Recorded, void> {
    for (let at = index; at < this.#events.length; at++) yield this.#events[at]!;
  }

  #indexAfter(position: number): number {
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

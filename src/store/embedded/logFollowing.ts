// Followers of the log: those at its end live from the recent events in memory, those behind read pages of the file.

import { setImmediate } from 'node:timers/promises';
import type { Recorded } from '../ports.ts';
import { RecentEvents } from '../shared/recentEvents.ts';

type ReadLog = (position: number, limit: number) => Promise<readonly Recorded[]>;

const BATCH = 1000;

export class LogFollowing {
  readonly #recent = new RecentEvents();
  readonly #readLog: ReadLog;
  readonly #sleeping = new Set<() => void>();
  /** Position of the last event. */
  head: number;
  #hasEnded = false;

  constructor(head: number, readLog: ReadLog) {
    this.head = head;
    this.#recent.start(head);
    this.#readLog = readLog;
  }

  /** Takes the events just written, in log order. */
  push(events: readonly Recorded[]): void {
    if (events.length === 0) return;
    // Appends between them failed as far as this process knows, and were written.
    if (events[0]!.position !== this.head + 1) this.#recent.start(events[0]!.position - 1);
    for (const event of events) this.#recent.push(event);
    this.head = events.at(-1)!.position;
    this.#wakeAll();
  }

  /** What was written last is unknown: it ends at `head`, and all of it is to be read from the file. */
  reset(head: number): void {
    this.head = head;
    this.#recent.start(head);
    this.#wakeAll();
  }

  /** Ends all followers. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeAll();
  }

  /** As `follow` of the port. @throws Unavailable the file cannot be read, which no waiting mends. */
  async *from(position: number, signal: AbortSignal): AsyncGenerator<readonly Recorded[], void> {
    let wake = () => {};
    const onAbort = () => wake();
    const isOver = () => signal.aborted || this.#hasEnded;
    signal.addEventListener('abort', onAbort);
    try {
      for (let at = position; !isOver(); ) {
        let batch = this.#recent.after(at, BATCH);
        if (!batch) {
          // A long way to catch up must let others have their turns.
          await setImmediate();
          if (isOver()) return;
          batch = await this.#readLog(at, BATCH);
        }
        if (isOver()) return;
        const last = batch.at(-1);
        if (last) {
          at = last.position;
          yield batch;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            this.#sleeping.add(resolve);
          });
          this.#sleeping.delete(wake);
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #wakeAll(): void {
    const sleeping = [...this.#sleeping];
    this.#sleeping.clear();
    for (const wake of sleeping) wake();
  }
}

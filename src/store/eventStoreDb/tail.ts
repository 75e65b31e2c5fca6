// The adapter's one live subscription to the whole log. It knows the latest events, where streams end, and how far it
// has come; followers and reads live from that. It comes back by itself, from where it was.

import { type AllStreamResolvedEvent, START } from '@eventstore/db-client';
import { Unavailable } from '../ports.ts';
import { RecentEvents } from '../shared/recentEvents.ts';
import type { Connection } from './connection.ts';
import { KnownRevisions } from './knownRevisions.ts';
import { findEnd, placeOf } from './reading.ts';
import { isSystem, positionOf, recordedOf } from './recorded.ts';

export class Tail {
  readonly recent = new RecentEvents();
  readonly revisions = new KnownRevisions();
  /** Position of the last event that is not the node's own; undefined until it is known. */
  lastEvent: number | undefined;
  /** How far the subscription has come, the node's own events included. */
  position = 0;
  /** The node has confirmed the subscription: whatever comes after `position` will be heard of. */
  isLive: boolean = false;
  readonly #connection: Connection;
  readonly #onError: (error: unknown) => void;
  readonly #closed: AbortSignal;
  readonly #awaiting = new Set<{ readonly position: number; readonly resolve: (passed: boolean) => void }>();
  #waking: boolean = false;

  constructor(connection: Connection, onError: (error: unknown) => void, closed: AbortSignal) {
    this.#connection = connection;
    this.#onError = onError;
    this.#closed = closed;
  }

  /** Follows the log until the store is closed. Never rejects. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#closed.aborted; ) {
      const before = this.position;
      try {
        await this.#begin();
        await this.#subscribe();
      } catch (error) {
        // An outage is reported where the connection is given up.
        if (!(error instanceof Unavailable) && !this.#closed.aborted) this.#onError(error);
      }
      this.isLive = false;
      this.#tell(Number.POSITIVE_INFINITY, false);
      failures = this.position > before ? 0 : failures + 1;
      await this.#connection.pauseAfter(failures, this.#closed);
    }
    this.recent.wake();
  }

  /** Whether the subscription has come to `position`, or does within `milliseconds`. */
  async passed(position: number, milliseconds: number): Promise<boolean> {
    if (position <= this.position || !this.isLive) return position <= this.position;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { position, resolve };
    this.#awaiting.add(waiting);
    const timer = setTimeout(resolve, milliseconds, false);
    const passed = await promise;
    clearTimeout(timer);
    this.#awaiting.delete(waiting);
    return passed;
  }

  async #begin(): Promise<void> {
    if (this.lastEvent !== undefined) return;
    const { position, event } = await findEnd((ask) => this.#connection.run(({ client }) => ask(client)));
    this.position = position;
    this.lastEvent = event;
    this.recent.start(position);
    this.recent.wake();
  }

  /** One subscription, to its end. Always rejects. */
  async #subscribe(): Promise<never> {
    const link = this.#connection.take();
    const fromPosition = this.position === 0 ? START : placeOf(this.position);
    const subscription = link.client.subscribeToAll({ fromPosition, requiresLeader: true });
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const onSilence = (): void => reject(new Error('the node did not confirm a subscription in time'));
    const unanswered = setTimeout(onSilence, this.#connection.deadline);
    const onLost = (): void => reject(link.lost.reason);
    if (link.lost.aborted) onLost();
    link.lost.addEventListener('abort', onLost);
    subscription.on('confirmation', () => {
      clearTimeout(unanswered);
      this.#connection.answered(link);
      this.isLive = true;
    });
    subscription.on('data', (resolved: AllStreamResolvedEvent) => {
      try {
        this.#take(resolved);
      } catch (error) {
        reject(error);
      }
    });
    // For good, also after the end: an error that nobody listens to ends the process.
    subscription.on('error', reject);
    subscription.on('end', () => reject(new Error('the node ended the subscription')));
    subscription.on('close', () => reject(new Error('the subscription was closed')));
    try {
      return await ended;
    } catch (error) {
      throw this.#connection.failed(link, error) ? new Unavailable('events', error) : error;
    } finally {
      clearTimeout(unanswered);
      link.lost.removeEventListener('abort', onLost);
      await subscription.unsubscribe().catch(() => undefined);
      subscription.destroy();
    }
  }

  #take({ event }: AllStreamResolvedEvent): void {
    if (!event) return;
    const position = positionOf(event);
    if (position <= this.position) return;
    if (!isSystem(event)) {
      const recorded = recordedOf(event);
      this.recent.push(recorded);
      this.revisions.seen(recorded.stream, recorded.revision, position);
      this.lastEvent = position;
      this.#wakeSoon();
    }
    this.position = position;
    if (this.#awaiting.size > 0) this.#tell(position, true);
  }

  #tell(position: number, passed: boolean): void {
    for (const waiting of this.#awaiting) if (waiting.position <= position) waiting.resolve(passed);
  }

  /** Once a turn of the event loop, so that followers get what has arrived in it as one batch. */
  #wakeSoon(): void {
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      this.recent.wake();
    });
  }
}

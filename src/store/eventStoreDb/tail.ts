// The adapter's one live subscription to the whole log. It knows the latest events, where streams end, and how far it
// has come; followers and reads live from that. It comes back by itself, from where it was.

import { type AllStreamResolvedEvent, START } from '@eventstore/db-client';
import { Unavailable } from '../ports.ts';
import { RecentEvents } from '../shared/recentEvents.ts';
import type { Connection } from './connection.ts';
import { CallFailed, Silence } from './failures.ts';
import { subscribeFiltered } from './filtered.ts';
import { KnownRevisions } from './knownRevisions.ts';
import { findEnd, placeOf } from './reading.ts';
import { type OwnEvents, positionOf, recordedOf } from './recorded.ts';
import type { SameLog } from './sameLog.ts';

/** `closed`: the store is closed. Failures that are no outages go to `onError`: the connection reports outages. */
export const tailOf = (
  connection: Connection,
  log: SameLog,
  own: OwnEvents,
  onError: (error: unknown) => void,
  closed: AbortSignal,
) => {
  const tail = {
    recent: new RecentEvents(),
    revisions: new KnownRevisions(),
    /** Position of this program's last event; undefined until it is known. */
    lastEvent: undefined as number | undefined,
    /** How far the subscription has come, others' events included. */
    position: 0,
    /** The node has confirmed the subscription: it will deliver everything that comes after `position`. */
    isLive: false,
  };
  const awaiting = new Set<{ readonly position: number; readonly resolve: (passed: boolean) => void }>();
  let isWaking = false;

  const tell = (reached: number, passed: boolean): void => {
    for (const waiting of awaiting) if (waiting.position <= reached) waiting.resolve(passed);
  };

  /** Once a turn of the event loop, so that followers get what has arrived in it as one batch. */
  const wakeSoon = (): void => {
    if (isWaking) return;
    isWaking = true;
    setImmediate(() => {
      isWaking = false;
      tail.recent.wake();
    });
  };

  const begin = async (): Promise<void> => {
    if (tail.lastEvent !== undefined) return;
    const end = await findEnd((ask) => connection.run(({ client }) => ask(client)), own);
    tail.position = end.position;
    tail.lastEvent = end.event;
    tail.recent.start(tail.position);
    tail.recent.wake();
  };

  const pass = (reached: number): void => {
    if (reached <= tail.position) return;
    tail.position = reached;
    if (awaiting.size > 0) tell(reached, true);
  };

  const take = ({ event }: AllStreamResolvedEvent): void => {
    if (!event) return;
    const reached = positionOf(event);
    if (reached <= tail.position) return;
    const recorded = recordedOf(event, own);
    if (recorded) {
      tail.recent.push(recorded);
      log.knows(recorded);
      tail.revisions.seen(recorded.stream, recorded.revision, reached);
      tail.lastEvent = reached;
      wakeSoon();
    }
    pass(reached);
  };

  /** One subscription, to its end. Always rejects. */
  const subscribe = async (): Promise<never> => {
    const link = connection.take();
    const fromPosition = tail.position === 0 ? START : placeOf(tail.position);
    const subscription =
      own.prefix === ''
        ? link.client.subscribeToAll({ fromPosition, requiresLeader: true })
        : subscribeFiltered(link.client, own, tail.position, pass);
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const began = performance.now();
    const onSilence = (): void => reject(new Silence('the node did not confirm a subscription in time', began));
    const unanswered = setTimeout(onSilence, connection.deadline);
    const onLost = (): void => reject(link.lost.reason);
    if (link.lost.aborted) onLost();
    link.lost.addEventListener('abort', onLost);
    subscription.on('confirmation', () => {
      clearTimeout(unanswered);
      connection.answered(link);
      tail.isLive = true;
    });
    subscription.on('data', (resolved: AllStreamResolvedEvent) => {
      try {
        take(resolved);
      } catch (error) {
        reject(error);
      }
    });
    // This listener stays after the end: an error without a listener ends the process.
    subscription.on('error', reject);
    subscription.on('end', () => reject(new CallFailed('the node ended the subscription')));
    subscription.on('close', () => reject(new CallFailed('the subscription was closed')));
    try {
      return await ended;
    } catch (error) {
      throw connection.failed(link, error) ? connection.unavailable(error) : error;
    } finally {
      clearTimeout(unanswered);
      link.lost.removeEventListener('abort', onLost);
      // Not awaited: it waits for a connection where there is none.
      subscription.unsubscribe().catch(() => undefined);
      subscription.destroy();
    }
  };

  return Object.assign(tail, {
    /** Follows the log until the store is closed. Never rejects. */
    async run(): Promise<void> {
      for (let failures = 0; !closed.aborted; ) {
        const before = tail.position;
        try {
          await begin();
          await connection.run(log.mustBeOn);
          await subscribe();
        } catch (error) {
          if (!(error instanceof Unavailable) && !closed.aborted) onError(error);
        }
        tail.isLive = false;
        tell(Number.POSITIVE_INFINITY, false);
        failures = tail.position > before ? 0 : failures + 1;
        await connection.pauseAfter(failures, closed);
      }
      tail.recent.wake();
    },
    /** Whether the subscription has come to a position, or does within `milliseconds`. */
    async passed(wanted: number, milliseconds: number): Promise<boolean> {
      if (wanted <= tail.position || !tail.isLive) return wanted <= tail.position;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const waiting = { position: wanted, resolve };
      awaiting.add(waiting);
      const timer = setTimeout(resolve, milliseconds, false);
      const passed = await promise;
      clearTimeout(timer);
      awaiting.delete(waiting);
      return passed;
    },
  });
};

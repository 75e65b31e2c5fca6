// The adapter's one live subscription to the whole log. It knows the latest events, where streams end, and how far it
// has come; followers and reads live from that. It comes back by itself, from where it was.

import { type Recorded, Unavailable } from '../ports.ts';
import { RecentEvents } from '../shared/recentEvents.ts';
import type { Connection } from './connection.ts';
import { CallFailed, Silence } from './failures.ts';
import { KnownRevisions } from './knownRevisions.ts';
import { findEnd } from './reading.ts';
import { read } from './readWire.ts';
import { type OwnEvents, recordedOf } from './recorded.ts';
import type { SameLog } from './sameLog.ts';
import type { Standstill } from './standstill.ts';

/**
 * `saw` is told each event of this program that comes. `closed`: the store is closed. Failures that are no outages go to `onError`: the
 * connection reports outages. If a subscription fails before anything came by it, `standstill` learns why.
 */
export const tailOf = (
  connection: Connection,
  log: SameLog,
  own: OwnEvents,
  saw: (event: Recorded) => void,
  onError: (error: unknown) => void,
  standstill: Standstill,
  closed: AbortSignal,
) => {
  const tail = {
    recent: new RecentEvents(),
    revisions: new KnownRevisions(),
    /** Position of this program's last event; undefined until it is known. */
    lastEvent: undefined as number | undefined,
    /** How far the subscription has come: everything of ours up to here has been received. */
    position: 0,
    /** The node has confirmed the subscription: it will deliver everything that comes after `position`. */
    isLive: false,
  };
  const awaiting = new Set<{ readonly position: number; readonly resolve: (passed: boolean) => void }>();
  let isWaking = false;
  /** Since when the node is known to have an event that the subscription has not brought, nor any other since. */
  let owedSince: number | undefined;
  /** Ends the present subscription. */
  let renew: (why: Error) => void = () => undefined;

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
    const end = await findEnd((ask) => connection.run(({ client }, over) => ask(client, over)), own);
    tail.position = end.position;
    tail.lastEvent = end.event?.position ?? 0;
    // Nothing may be recorded for long: by this one, another log is told from this one.
    if (end.event) log.knows(end.event);
    tail.recent.start(tail.position);
    tail.recent.wake();
  };

  /** Everything up to here has come, apart from what is left out. */
  const reach = (position: number): void => {
    if (position <= tail.position) return;
    tail.position = position;
    owedSince = undefined;
    if (awaiting.size > 0) tell(position, true);
  };

  const take = (event: Recorded): void => {
    const { position } = event;
    if (position <= tail.position) return;
    const recorded = recordedOf(event, own);
    if (recorded) {
      tail.recent.push(recorded);
      log.knows(recorded);
      tail.revisions.seen(recorded.stream, recorded.revision, position);
      tail.lastEvent = position;
      saw(recorded);
      wakeSoon();
    }
    reach(position);
  };

  /** One subscription, to its end. Calls `onGoing` when the first answer after the confirmation has come. Always rejects. */
  const subscribe = async (onGoing: () => void): Promise<never> => {
    const link = connection.take();
    const { promise: ended, reject } = Promise.withResolvers<never>();
    owedSince = undefined;
    renew = reject;
    const began = performance.now();
    const onSilence = (): void => reject(new Silence('the node did not confirm a subscription in time', began));
    const unanswered = setTimeout(onSilence, connection.deadline);
    const onLost = (): void => reject(link.lost.reason);
    if (link.lost.aborted) onLost();
    link.lost.addEventListener('abort', onLost);
    const from = tail.position === 0 ? 'start' : tail.position;
    let isGoing = false;
    const subscription = read(link.client, { from, prefix: own.prefix }, ({ event, checkpoint, isConfirmation }) => {
      if (isConfirmation) {
        clearTimeout(unanswered);
        connection.answered(link);
        tail.isLive = true;
        return true;
      }
      if (event) take(event);
      else if (checkpoint !== undefined) reach(checkpoint);
      if (!isGoing) onGoing();
      isGoing = true;
      return true;
    });
    subscription.over.catch(reject);
    try {
      return await ended;
    } catch (error) {
      throw connection.failed(link, error) ? connection.unavailable(error) : error;
    } finally {
      clearTimeout(unanswered);
      link.lost.removeEventListener('abort', onLost);
      subscription.cancel();
    }
  };

  return Object.assign(tail, {
    reach,
    /** Follows the log until the store is closed. Never rejects. */
    async run(): Promise<void> {
      for (let failures = 0; !closed.aborted; ) {
        const before = tail.position;
        let isGoing = false;
        try {
          await begin();
          await connection.run(log.mustBeOn);
          await subscribe(() => {
            isGoing = true;
            standstill.ends(tail);
          });
        } catch (error) {
          const isOutage = error instanceof Unavailable;
          if (!isOutage && !closed.aborted) onError(error);
          // A subscription that delivered is made again at once: only if the next one fails, too, does nothing come.
          if (!isGoing && !closed.aborted) standstill.fails(tail, isOutage ? error : connection.unavailable(error));
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
      if (!passed && tail.isLive) {
        owedSince ??= performance.now();
        // It is open, but the node seems to have forgotten it.
        if (performance.now() - owedSince >= connection.deadline)
          renew(new CallFailed('the node delivers nothing, though it has more'));
      }
      return passed;
    },
  });
};

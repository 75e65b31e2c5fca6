// Reads the log where programs share a node: the node sends this program's events alone, chosen by the beginning of their
// streams' names. A subscription does this rather than a read, because it also says how far the node has looked.

import { type AllStreamResolvedEvent, type EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import type { Recorded } from '../ports.ts';
import { openPage } from '../shared/page.ts';
import { CallFailed } from './failures.ts';
import { type Ask, placeOf } from './reading.ts';
import { type OwnEvents, positionOf, recordedOf, safeInteger } from './recorded.ts';

/** Events of others that the node passes between two words on how far it is. */
const LOOKED_AT = 256;
/** Milliseconds after which a question ends that found nothing yet: see `SLICE` of `reading.ts`. */
const SLICE = 1000;

/** A subscription to this program's events after `position`. `onPassed`: everything up to there has been sent. */
export const subscribeFiltered = (
  client: EventStoreDBClient,
  { prefix }: OwnEvents,
  position: number,
  onPassed: (position: number) => void,
) => {
  const subscription = client.subscribeToAll({
    fromPosition: position === 0 ? START : placeOf(position),
    requiresLeader: true,
    filter: streamNameFilter({
      prefixes: [prefix],
      maxSearchWindow: LOOKED_AT,
      checkpointReached: (_, { commit }) => {
        // Events before this place may still wait in the subscription to be read.
        if (subscription.readableLength === 0) onPassed(safeInteger(commit));
      },
    }),
  });
  return subscription;
};

/** As `readLog` of the port. */
export const readFiltered = async (
  ask: Ask,
  own: OwnEvents,
  position: number,
  limit: number,
): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  let [at, isAtEnd] = [position, false];

  const look = (client: EventStoreDBClient): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = performance.now() + SLICE;
      let [isOver, isCaughtUp] = [false, false];
      const stop = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        settle();
        subscription.unsubscribe().catch(() => undefined);
        subscription.destroy();
      };
      const passed = (reached: number): void => {
        at = Math.max(at, reached);
        if (performance.now() >= end) stop(resolve);
      };
      const endIfRead = (): void => {
        // The last events may still wait in the subscription.
        if (isOver || !isCaughtUp || subscription.readableLength > 0) return;
        isAtEnd = true;
        stop(resolve);
      };
      const subscription = subscribeFiltered(client, own, at, passed);
      subscription.on('data', ({ event }: AllStreamResolvedEvent) => {
        // A question that is asked again may still get answers to the first one.
        if (isOver || !event || positionOf(event) <= at) return;
        try {
          const recorded = recordedOf(event, own);
          passed(positionOf(event));
          if (recorded && !page.add(recorded)) stop(resolve);
          else endIfRead();
        } catch (error) {
          stop(() => reject(error));
        }
      });
      subscription.on('caughtUp', () => {
        isCaughtUp = true;
        endIfRead();
      });
      // These listeners stay: an error without a listener ends the process.
      subscription.on('error', (error) => stop(() => reject(error)));
      subscription.on('end', () => stop(() => reject(new CallFailed('the node ended the read'))));
      subscription.on('close', () => stop(() => reject(new CallFailed('the read was ended'))));
    });

  while (!page.isFull() && !isAtEnd) await ask(look);
  return page.events;
};

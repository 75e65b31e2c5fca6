// Reads the log where programs share a node: the node sends this program's events alone, chosen by the beginning of their
// streams' names. A subscription does this rather than a read, because it also says how far the node has looked.

import type { Recorded } from '../ports.ts';
import { openPage } from '../shared/page.ts';
import type { Answer } from './answerWire.ts';
import { type Ask, SLICE } from './reading.ts';
import { read } from './readWire.ts';
import { type OwnEvents, recordedOf } from './recorded.ts';

/** As `readLog` of the port. */
export const readFiltered = async (
  ask: Ask,
  own: OwnEvents,
  position: number,
  limit: number,
): Promise<readonly Recorded[]> => {
  const page = openPage(limit);
  let [at, isAtEnd] = [position, false];
  while (!page.isFull() && !isAtEnd)
    await ask((client, over) => {
      const end = performance.now() + SLICE;
      const take = ({ event, checkpoint, hasCaughtUp = false }: Answer): boolean => {
        isAtEnd = hasCaughtUp;
        const reached = event?.position ?? checkpoint ?? 0;
        // A question that is asked again gets what the first one got, too.
        if (reached <= at) return !isAtEnd;
        at = reached;
        const recorded = event && recordedOf(event, own);
        return (recorded === undefined || page.add(recorded)) && performance.now() < end;
      };
      return read(client, { from: at === 0 ? 'start' : at, prefix: own.prefix }, take, over).over;
    });
  return page.events;
};

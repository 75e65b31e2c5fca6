// Turns a time into the position at which the log stood then.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { timeOf } from '../../domain/envelope.ts';
import { type EventReader, isLastPage } from '../../store/ports.ts';
import { type MomentDoc, minuteOf } from '../moments.ts';
import type { ReadableViews } from '../readyViews.ts';

const PAGE = 1000;

/**
 * Position of the last event that was recorded by `time`, an ISO time in UTC; 0: none was. A time before the first event is
 * looked for among imported messages, to the minute: the position by which the last one sent by then was imported.
 */
export const positionAt = async (
  views: Pick<ReadableViews, 'find'>,
  events: Pick<EventReader, 'readLog'>,
  time: string,
): Promise<number> => {
  const minute = minuteOf(time);
  const before = async (era: MomentDoc['era'], bound: string): Promise<number> => {
    const wanted = { where: { era }, sort: 'minute', before: bound, descending: true, limit: 1 };
    return ((await views.find('moments', wanted)).docs[0] as MomentDoc | undefined)?.position ?? 0;
  };
  let position = Math.max(await before('here', minute), await before('within', `${time}~`));
  for (;;) {
    const page = await events.readLog(position, PAGE);
    for (const recorded of page) {
      if (timeOf(recorded) > time) return position === 0 ? before('imported', `${minute}~`) : position;
      position = recorded.position;
    }
    if (isLastPage(page, PAGE)) return position;
    await nextTurn();
  }
};

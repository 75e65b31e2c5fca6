// Where the log stood in each minute, and within one in which much was recorded: a time is turned into a position by it.

import { type Event, type EventType, schemas } from '../domain/events.ts';
import type { Change } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

export interface MomentDoc {
  readonly id: string;
  /**
   * `here`: a minute in which an event was recorded. `within`: a moment of such a minute. `imported`: a minute in which an imported
   * message was sent.
   */
  readonly era: 'here' | 'within' | 'imported';
  /** The beginning of an ISO time; `within`: all of it. */
  readonly minute: string;
  /** Position of the last event of that minute, or at that moment. */
  readonly position: number;
}

/** Of so many events in one stream, one notes its moment: an import records a million in a minute. */
const STRIDE = 500;

export const minuteOf = (at: string): string => at.slice(0, 'YYYY-MM-DDTHH:MM'.length);

const moment = (era: MomentDoc['era'], minute: string, position: number): Change =>
  changesOf('moments').put({ id: `${era} ${minute}`, era, minute, position });

const recorded = ({ at, position, revision }: Event): readonly Change[] => [
  moment('here', minuteOf(at), position),
  ...((revision + 1) % STRIDE === 0 ? [moment('within', at, position)] : []),
];

export const moments: Projection = {
  collection: { name: 'moments', indexes: [{ fields: ['era'], sort: 'minute' }] },
  on: {
    ...Object.fromEntries((Object.keys(schemas) as EventType[]).map((type) => [type, recorded])),
    MessageSent: (event) => {
      const { sentAt } = event.data;
      return [
        ...recorded(event),
        ...(sentAt === undefined ? [] : [moment('imported', minuteOf(sentAt), event.position)]),
      ];
    },
  },
};

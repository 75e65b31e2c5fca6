// Where the log stood in each minute: a time is turned into a position by it.

import { type Event, type EventType, schemas } from '../domain/events.ts';
import type { Change } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

export interface MomentDoc {
  readonly id: string;
  /** `here`: in which an event was recorded. `imported`: in which an imported message was sent. */
  readonly era: 'here' | 'imported';
  /** The beginning of an ISO time. */
  readonly minute: string;
  /** Position of the last event of that minute. */
  readonly position: number;
}

export const minuteOf = (at: string): string => at.slice(0, 'YYYY-MM-DDTHH:MM'.length);

const moment = (era: MomentDoc['era'], at: string, position: number): Change =>
  changesOf('moments').put({ id: `${era} ${minuteOf(at)}`, era, minute: minuteOf(at), position });

const recorded = ({ at, position }: Event): readonly Change[] => [moment('here', at, position)];

export const moments: Projection = {
  collection: { name: 'moments', indexes: [{ fields: ['era'], sort: 'minute' }] },
  on: {
    ...Object.fromEntries((Object.keys(schemas) as EventType[]).map((type) => [type, recorded])),
    MessageSent: (event) => {
      const { sentAt } = event.data;
      return [...recorded(event), ...(sentAt === undefined ? [] : [moment('imported', sentAt, event.position)])];
    },
  },
};

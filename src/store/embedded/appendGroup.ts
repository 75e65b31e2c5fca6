// How appends travel to the writing thread and their answers back: flat lists, because those cross threads fast.

import type { Appended, NewEvent, Recorded } from '../ports.ts';

/** For each append `stream, expected, count`, then `id, type, data, meta` of each of its `count` events. */
export type Group = (string | number)[];
/** For each append its outcome, and the revision and the position of its last event. */
export type Answers = number[];

export const WRITTEN = 0;
export const REPLAYED = 1;
export const CONFLICT = 2;

export interface Append {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly NewEvent[];
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

export const groupOf = (appends: readonly Append[]): Group => {
  const group: Group = [];
  for (const { stream, expected, events } of appends) {
    group.push(stream, expected, events.length);
    for (const event of events) group.push(event.id, event.type, event.data, event.meta);
  }
  return group;
};

/** The events `answers` says were written now, in log order. */
export const recordedOf = (appends: readonly Append[], answers: Answers): Recorded[] => {
  const recorded: Recorded[] = [];
  appends.forEach(({ stream, events }, i) => {
    if (answers[i * 3] !== WRITTEN) return;
    let revision = answers[i * 3 + 1]! - events.length;
    let position = answers[i * 3 + 2]! - events.length;
    for (const { id, type, data, meta } of events) {
      recorded.push({ position: ++position, stream, revision: ++revision, id, type, data, meta });
    }
  });
  return recorded;
};

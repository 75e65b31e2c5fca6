// How appends travel to the writing thread and their answers back: flat lists, because those cross threads fast.

import { type Appended, Conflict, type NewEvent, type Recorded } from '../ports.ts';

/** For each append `stream, expected, count`, then `id, type, data, meta` of each of its `count` events. */
export type Group = (string | number)[];
/** For each append its outcome, and the revision and the position of its last event. */
export type Answers = number[];

export const WRITTEN = 0;
export const REPLAYED = 1;
export const CONFLICT = 2;

export interface Append extends Pick<PromiseWithResolvers<Appended>, 'resolve' | 'reject'> {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly NewEvent[];
}

export const groupOf = (appends: readonly Append[]): Group => {
  const group: Group = [];
  for (const { stream, expected, events } of appends) {
    group.push(stream, expected, events.length);
    for (const event of events) group.push(event.id, event.type, event.data, event.meta);
  }
  return group;
};

/** Gives each append its answer. Out: the events written now, in log order; use them before the callers go on. */
export const settle = (appends: readonly Append[], answers: Answers): Recorded[] => {
  const recorded: Recorded[] = [];
  for (const [i, { stream, events, resolve, reject }] of appends.entries()) {
    const [outcome, revision, position] = answers.slice(i * 3, i * 3 + 3) as [number, number, number];
    if (outcome === CONFLICT) reject(new Conflict(stream));
    else resolve({ revision, position });
    if (outcome !== WRITTEN) continue;
    events.forEach(({ id, type, data, meta }, at) => {
      const back = events.length - 1 - at;
      recorded.push({ position: position - back, stream, revision: revision - back, id, type, data, meta });
    });
  }
  return recorded;
};

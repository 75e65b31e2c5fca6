// How an account treats a desk that it can see.

import type { DomainEvent } from './events.ts';

/**
 * `muted`: it receives no pushes of the desk. `left`: it does not see the desk any more. `blocked`: nor may the visitor ask
 * there any more.
 */
export const attitudes = ['open', 'muted', 'left', 'blocked'] as const;
export type Attitude = (typeof attitudes)[number];

export const attitudeEvents = {
  open: 'DeskReopened',
  muted: 'DeskMuted',
  left: 'DeskLeft',
  blocked: 'DeskBlocked',
} as const satisfies Record<Attitude, DomainEvent['type']>;

export type AttitudeEvent = Extract<DomainEvent, { type: (typeof attitudeEvents)[Attitude] }>;

/** The attitude that the event records; undefined: it is another event. */
export const attitudeIn = ({ type }: Pick<DomainEvent, 'type'>): Attitude | undefined =>
  attitudes.find((attitude) => attitudeEvents[attitude] === type);

/** Does the account not see the desk? */
export const isAway = (attitude: Attitude | undefined): boolean => attitude === 'left' || attitude === 'blocked';

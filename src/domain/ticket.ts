// A ticket for a socket, which lets in once. Its stream has one event at most: of two uses at once, one is first.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, DomainEvent } from './events.ts';
import { streams } from './streams.ts';

export interface TicketState {
  readonly isUsed: boolean;
}

export const tickets: Aggregate<TicketState> = {
  stream: streams.ticket,
  initial: () => ({ isUsed: false }),
  evolve: (ticket, event) => (event.type === 'TicketUsed' ? { isUsed: true } : ticket),
};

/** Nothing where it was used before. */
export const useTicket = ({ isUsed }: TicketState, use: DataOf<'TicketUsed'>): readonly DomainEvent[] =>
  isUsed ? [] : [{ type: 'TicketUsed', data: use }];

// A ticket opens one socket, once. Its stream has one event at most: of two uses at once, one is first.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { streams } from './streams.ts';

interface Ticket {
  readonly isUsed: boolean;
}

export const tickets: Aggregate<Ticket> = {
  stream: streams.ticket,
  initial: () => ({ isUsed: false }),
  evolve: (ticket, event) => (event.type === 'TicketUsed' ? { isUsed: true } : ticket),
};

/** Returns no event if the ticket was used before. */
export const useTicket = ({ isUsed }: Ticket, use: DataOf<'TicketUsed'>): Events =>
  isUsed ? [] : [{ type: 'TicketUsed', data: use }];

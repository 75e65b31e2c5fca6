// The shape of everything that decides: a stream, a state folded from its events, and decisions over that state.

import type { DomainEvent } from './events.ts';

/** What `evolve` may know of an event beside its content. */
export interface Placing {
  /** ISO time of recording. */
  readonly at: string;
}

export interface Aggregate<State> {
  readonly stream: (id: string) => string;
  /** No decision needs the stream's history: it is taken up at its end. */
  readonly stateless?: true;
  readonly initial: () => State;
  /** Takes the state over and gives the next one. An event that does not fit is passed by: history is fact, not input. */
  readonly evolve: (state: State, event: DomainEvent, placing: Placing) => State;
}

// What events are appended to: an aggregate, whose events are folded into a state to decide upon, or a stream that is
// only appended to.

import type { DomainEvent } from './events.ts';

/** What `evolve` may know of an event beside its content. */
export interface Placing {
  /** ISO time of recording. */
  readonly at: string;
}

/** No decision needs what lies in the stream. */
export interface AppendOnly {
  readonly stream: (id: string) => string;
}

export interface Aggregate<State> extends AppendOnly {
  readonly initial: () => State;
  /**
   * Gives the next state and leaves `state` as it was, since others hold it. An event that does not fit is passed by:
   * history is fact, not input.
   */
  readonly evolve: (state: State, event: DomainEvent, placing: Placing) => State;
}

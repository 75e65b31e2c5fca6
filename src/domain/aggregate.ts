// Streams that commands append to: those of an aggregate, whose events are folded into a state for decisions, and those
// that are never folded.

import type { DomainEvent } from './events.ts';

/** No decision needs the events of the stream. */
export interface AppendOnly {
  readonly stream: (id: string) => string;
}

export interface Aggregate<State> extends AppendOnly {
  readonly initial: () => State;
  /**
   * Returns the next state and does not change `state`, which others hold. It ignores an event that does not fit:
   * history is fact, not input. `at`: ISO time of recording. A method, so that every aggregate is an
   * `Aggregate<unknown>` too.
   */
  evolve(state: State, event: DomainEvent, recorded: { readonly at: string }): State;
}

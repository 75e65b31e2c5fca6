// Reads whole streams, also as the state that they lead to, and the log from a position on, page by page.

import type { Aggregate } from '../domain/aggregate.ts';
import { decode } from '../domain/codec.ts';
import { type EventReader, isLastPage, type Recorded } from '../store/ports.ts';

const PAGE = 1000;

export async function* eventsIn(events: Pick<EventReader, 'readStream'>, stream: string): AsyncGenerator<Recorded> {
  for (let from = 0; ; ) {
    const page = await events.readStream(stream, { from, limit: PAGE });
    yield* page;
    if (isLastPage(page, PAGE)) return;
    from = page.at(-1)!.revision + 1;
  }
}

export async function* eventsAfter(events: Pick<EventReader, 'readLog'>, position: number): AsyncGenerator<Recorded> {
  for (let after = position; ; ) {
    const page = await events.readLog(after, PAGE);
    yield* page;
    if (isLastPage(page, PAGE)) return;
    after = page.at(-1)!.position;
  }
}

/** The state that a stream leads to, up to a position of the log, for those who only read: commands ask the ledger. */
export const stateIn = async <State>(
  events: Pick<EventReader, 'readStream'>,
  { stream, initial, evolve }: Aggregate<State>,
  id: string,
  upTo = Number.POSITIVE_INFINITY,
): Promise<State> => {
  let state = initial();
  for await (const recorded of eventsIn(events, stream(id))) {
    if (recorded.position > upTo) break;
    const event = decode(recorded);
    state = evolve(state, event, event);
  }
  return state;
};

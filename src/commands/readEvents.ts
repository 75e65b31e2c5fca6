// Reads whole streams, and the log from a position on, page by page.

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

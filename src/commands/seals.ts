// Reads the stream of the seals, and the log behind a seal.

import { decode } from '../domain/codec.ts';
import type { Event, EventOf } from '../domain/events.ts';
import { isSeal } from '../domain/seal.ts';
import { THE_SEALS } from '../domain/streams.ts';
import type { EventReader } from '../store/ports.ts';

export type Sealed = EventOf<'LogSealed'>;

/** The events of the stream, the latest first. */
export async function* sealsBackwards(events: Pick<EventReader, 'readStream'>): AsyncGenerator<Event> {
  const PAGE = 10;
  for (let from: number | undefined; from === undefined || from >= 0; ) {
    const page = await events.readStream(THE_SEALS, {
      backwards: true,
      limit: PAGE,
      ...(from !== undefined && { from }),
    });
    for (const recorded of page) yield decode(recorded);
    const last = page.at(-1);
    if (last === undefined) return;
    from = last.revision - 1;
  }
}

/** The last seal. @throws Unavailable */
export const lastSealIn = async (events: Pick<EventReader, 'readStream'>): Promise<Sealed | undefined> => {
  for await (const event of sealsBackwards(events)) if (isSeal(event)) return event;
  return undefined;
};

export const hashOfText = (text: string): Buffer => Buffer.from(text, 'base64url');
export const textOfHash = (hash: Buffer): string => hash.toString('base64url');

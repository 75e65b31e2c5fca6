// What a log says: the truth about what was recorded, and how often.

import { readConfig } from '../../src/config.ts';
import { decode } from '../../src/domain/codec.ts';
import type { Event, EventOf, EventType } from '../../src/domain/events.ts';
import { openEventReader } from '../../src/openAlone.ts';
import { type EventReader, isLastPage, type Recorded } from '../../src/store/ports.ts';

const PAGE = 1000;

/** Every event of the log, in its order. */
export const wholeLog = async (events: EventReader): Promise<readonly Event[]> => {
  const found: Event[] = [];
  for (let after = 0; ; ) {
    const page = await events.readLog(after, PAGE);
    found.push(...page.map(decode));
    if (isLastPage(page, PAGE)) return found;
    after = page.at(-1)!.position;
  }
};

/** Every event of the log that the settings name, as it was recorded, with its private part open. */
export const recordedIn = async (settings: Readonly<Record<string, string>>): Promise<readonly Recorded[]> => {
  const events = await openEventReader(readConfig(settings));
  const all: Recorded[] = [];
  for (;;) {
    const page = await events.readLog(all.at(-1)?.position ?? 0, 5000);
    all.push(...page);
    if (page.length > 0) continue;
    await events.close();
    return all;
  }
};

/** The positions of a log: 0, and that of each event. Another store counts in other steps. */
export const positionsOf = async (events: EventReader): Promise<readonly number[]> => {
  const found = [0];
  for (;;) {
    const page = await events.readLog(found.at(-1)!, PAGE);
    if (page.length === 0) return found;
    found.push(...page.map(({ position }) => position));
  }
};

/** The position before an event's: 0 before the first. */
export const positionBefore = async (events: EventReader, position: number): Promise<number> =>
  (await positionsOf(events)).findLast((each) => each < position)!;

/** The events of one type, of the whole log or of one stream. */
export const recorded = async <T extends EventType>(
  events: EventReader,
  type: T,
  stream?: string,
): Promise<readonly EventOf<T>[]> =>
  (await wholeLog(events)).filter(
    (event): event is EventOf<T> => event.type === type && (stream === undefined || event.stream === stream),
  );

/** The texts said in a conversation, in the order of the log. */
export const textsSaid = async (events: EventReader, conversationId: string): Promise<readonly string[]> =>
  (await recorded(events, 'MessageSent', `messages-${conversationId}`)).map(({ data }) => data.text);

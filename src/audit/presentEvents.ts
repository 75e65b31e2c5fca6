// Events as auditors see them: the whole envelope, what was said, and who the people in it were then. Never a secret.

import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { peopleIn } from '../domain/peopleIn.ts';
import { withoutSecrets } from '../domain/withoutSecrets.ts';
import type { OpenReader, Recorded } from '../store/ports.ts';
import type { NameThen } from './accountNames.ts';
import type { NamesThen } from './namesThen.ts';

export interface Person extends NameThen {
  readonly userId: string;
}

export type PresentedEvent = Awaited<ReturnType<typeof presentEvents>>[number];

const envelopeOf = ({ meta }: Recorded) => {
  const { v, hash } = JSON.parse(meta) as { readonly v: number; readonly hash?: string };
  return { v, hash };
};

/** @throws Unreadable; Unavailable */
export const presentEvents = async (
  log: Pick<OpenReader, 'openAll'>,
  names: NamesThen,
  recorded: readonly Recorded[],
) => {
  const events = (await log.openAll(recorded)).map(decode);
  const places = events.flatMap((event) =>
    peopleIn(event).map((userId) => ({ event, userId, position: event.position })),
  );
  const then = await names.at(places);
  const people = new Map<Event, Person[]>(events.map((event) => [event, []]));
  for (const [i, { event, userId }] of places.entries())
    if (then[i] !== undefined) people.get(event)!.push({ userId, ...then[i] });
  return events.map((event, i) => {
    const { id, type, stream, revision, position, at, meta, data } = withoutSecrets(event);
    const erased = event.isClosed && ({ erased: true } as const);
    const envelope = { id, type, stream, revision, position, at, ...envelopeOf(recorded[i]!) };
    return { ...envelope, meta, data, ...erased, people: people.get(event)! };
  });
};

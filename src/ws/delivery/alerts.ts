// Alert words: the frames that follow messages for accounts that want to be told of words in them.

import { folded, wordFinder } from '../../domain/alertWords.ts';
import type { Decode } from '../../domain/codec.ts';
import type { EventOf } from '../../domain/events.ts';
import type { EditDoc } from '../../projections/messages.ts';
import type { Recorded } from '../../store/ports.ts';
import type { Protocol } from '../protocol.ts';
import type { Principal, Subscriber } from '../subscribers/subscriber.ts';
import { joined, textFrame } from '../textFrame.ts';
import type { Burst } from './burst.ts';
import type { FatesIn } from './fates.ts';
import type { LogPage } from './logPages.ts';

/** Words that one alert names at most. */
const NAMED = 10;

const NOTHING = Buffer.alloc(0);

/** The frame that follows an event for an account; empty: none does. `edit`: in a history, what the message says since. */
export type AlertOf = (
  protocol: Protocol,
  principal: Principal,
  recorded: Recorded,
  edit?: Pick<EditDoc, 'text'>,
) => Buffer;

/** For events that are sent together: folds each text once, and looks for each word once, whoever wants it. */
export const alertsOf = (decode: Decode): AlertOf => {
  const known = new Map<Recorded, { event: EventOf<'MessageSent'>; has: (word: string) => boolean } | undefined>();

  const look = (recorded: Recorded, edit: Pick<EditDoc, 'text'> | undefined) => {
    const event = decode(recorded);
    // History that was imported is news to nobody.
    if (event.type !== 'MessageSent' || event.data.sentAt !== undefined) return undefined;
    return { event, has: wordFinder(folded((edit ?? event.data).text)) };
  };

  return ({ alert }, { alertWords, userId }, recorded, edit) => {
    if (alertWords === undefined || alert === undefined || recorded.type !== 'MessageSent') return NOTHING;
    if (!known.has(recorded)) known.set(recorded, look(recorded, edit));
    const message = known.get(recorded);
    if (message === undefined || message.event.data.senderId === userId) return NOTHING;
    const words: string[] = [];
    for (const [word, spelling] of alertWords) if (message.has(word) && words.push(spelling) === NAMED) break;
    return words.length === 0 ? NOTHING : textFrame(JSON.stringify(alert(message.event, words)));
  };
};

/** The bursts of a page with the alerts of one subscriber: each leaves with its message. Those without alerts are shared. */
export const withAlerts = (
  { protocol, principal }: Subscriber,
  { events }: LogPage,
  fates: FatesIn,
  bursts: readonly Burst[],
  decode: Decode,
): readonly Burst[] => {
  if (principal.alertWords === undefined || protocol.alert === undefined) return bursts;
  const alertOf = alertsOf(decode);
  const places = new Map(events.map(({ position }, place) => [position, place]));
  return bursts.map((burst) => {
    const alerts = burst.positions.map((position) => {
      const place = places.get(position)!;
      const { removal, edit } = fates.get(place) ?? {};
      return removal ? NOTHING : alertOf(protocol, principal, events[place]!, edit);
    });
    if (alerts.every(({ length }) => length === 0)) return burst;
    const frames = burst.frames.map((frame, i) => joined([frame, alerts[i]!]));
    return { ...burst, frames, whole: joined(frames) };
  });
};

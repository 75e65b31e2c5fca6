// Alert words: the frames that follow messages for accounts that want to be told of words in them.

import { folded, wordFinder } from '../../domain/alertWords.ts';
import type { Decode } from '../../domain/codec.ts';
import type { EventOf } from '../../domain/events.ts';
import type { Recorded } from '../../store/ports.ts';
import type { Protocol } from '../protocol.ts';
import type { Principal, Subscriber } from '../subscribers/subscriber.ts';
import { textFrame } from '../textFrame.ts';
import type { Burst } from './burst.ts';
import type { LogPage } from './logPages.ts';
import type { Removed } from './removals.ts';

/** Words that one alert names at most. */
const NAMED = 10;

const NOTHING = Buffer.alloc(0);

/** The frame that follows an event for an account; empty: none does. */
export type AlertOf = (protocol: Protocol, principal: Principal, recorded: Recorded) => Buffer;

/** For events that are sent together: folds each text once, and looks for each word once, whoever wants it. */
export const alertsOf = (decode: Decode): AlertOf => {
  const known = new Map<Recorded, { event: EventOf<'MessageSent'>; has: (word: string) => boolean } | undefined>();

  const look = (recorded: Recorded) => {
    const event = decode(recorded);
    // History that was imported is news to nobody.
    if (event.type !== 'MessageSent' || event.data.sentAt !== undefined) return undefined;
    return { event, has: wordFinder(folded(event.data.text)) };
  };

  return ({ alert }, { alertWords, userId }, recorded) => {
    if (alertWords === undefined || alert === undefined || recorded.type !== 'MessageSent') return NOTHING;
    if (!known.has(recorded)) known.set(recorded, look(recorded));
    const message = known.get(recorded);
    if (message === undefined || message.event.data.senderId === userId) return NOTHING;
    const words: string[] = [];
    for (const [word, spelling] of alertWords) if (message.has(word) && words.push(spelling) === NAMED) break;
    return words.length === 0 ? NOTHING : textFrame(JSON.stringify(alert(message.event, words)));
  };
};

/** The bursts of a page with the alerts of one subscriber: each leaves with its message. */
export const withAlerts = (
  { protocol, principal }: Subscriber,
  { events }: LogPage,
  removed: Removed,
  bursts: readonly Burst[],
  decode: Decode,
): readonly Burst[] => {
  if (principal.alertWords === undefined || protocol.alert === undefined) return bursts;
  const alertOf = alertsOf(decode);
  const shown = new Map(
    events.map((recorded, place) => [recorded.position, removed.has(place) ? undefined : recorded]),
  );
  return bursts.map((burst) => {
    const frames = burst.frames.map((frame, i) => {
      const recorded = shown.get(burst.positions[i]!);
      return recorded === undefined ? frame : Buffer.concat([frame, alertOf(protocol, principal, recorded)]);
    });
    return { ...burst, frames, whole: Buffer.concat(frames) };
  });
};

// What became of messages since they were sent: histories never send what removed ones said, nor what edited ones said before.
// The views know, and are asked once for a page of the log.

import { messageIdOf } from '../../domain/streams.ts';
import type { EditDoc, Removal } from '../../projections/messages.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import { createLateChanges } from './lateChanges.ts';
import type { LogPage } from './logPages.ts';

export interface Fate {
  /** Undefined: it is not removed. */
  readonly removal: Removal | undefined;
  /** What it says now. Undefined: what it said first. */
  readonly edit: EditDoc | undefined;
}

/** By place in a page, of the events that say what a message says. Missing: nothing happened to it. */
export type FatesIn = ReadonlyMap<number, Fate>;

/** Equal for events that lead to the same frames. */
export const keyOfFate = (fate: Fate | undefined): string =>
  fate === undefined ? '' : fate.removal ? ':removed' : `:edited@${fate.edit?.position}`;

/** Messages that are remembered to have changed: pages with none of them need not be asked about again. */
const LATE = 10_000;

const changing: ReadonlySet<string> = new Set(['MessageEdited', 'MessageRemoved', 'MessageRestored']);
const saying: ReadonlySet<string> = new Set(['MessageEdited', 'MessageRestored']);

export type Fates = ReturnType<typeof createFates>;

export const createFates = ({ queries, progress, decode }: Pick<Services, 'queries' | 'progress' | 'decode'>) => {
  const late = createLateChanges(LATE);
  const asked = new WeakMap<LogPage, { readonly asOf: number; readonly fates: Promise<FatesIn> }>();
  /** The last answers. */
  const found = new WeakMap<LogPage, { readonly asOf: number; readonly fates: FatesIn }>();
  const messages = new WeakMap<LogPage, readonly (string | undefined)[]>();

  const messageIn = (recorded: Recorded): string | undefined => {
    // The stream is the message's own.
    if (saying.has(recorded.type)) return messageIdOf(recorded.stream);
    if (recorded.type !== 'MessageSent') return undefined;
    try {
      const event = decode(recorded);
      return event.type === 'MessageSent' ? event.data.messageId : undefined;
    } catch {
      // Only those who would receive the event learn that nobody can read it.
      return undefined;
    }
  };

  const messagesIn = (page: LogPage): readonly (string | undefined)[] => {
    const known = messages.get(page) ?? page.events.map(messageIn);
    messages.set(page, known);
    return known;
  };

  const latestIn = (page: LogPage): number => (late.last === 0 ? 0 : late.lastOf(messagesIn(page)));

  /** The position of the last change of a message at a place of these lists, or of a later one; 0: none yet. */
  const lastIn = (page: LogPage, lists: readonly (readonly number[])[]): number =>
    late.last === 0 ? 0 : late.lastOf(lists.flat().map((place) => messagesIn(page)[place]));

  const ask = async (page: LogPage, latest: number): Promise<FatesIn> => {
    const messageIds = messagesIn(page);
    const wanted = messageIds.filter((id) => id !== undefined);
    if (wanted.length === 0) return new Map();
    // Views that are read hold all that was recorded before the program started.
    if (latest > 0 && !(await progress.reached(latest))) throw new Unavailable('views');
    const [removals, edits] = await Promise.all([queries.removalsOf(wanted), queries.editsOf(wanted)]);
    const fates = new Map<number, Fate>();
    for (const [place, id = ''] of messageIds.entries()) {
      const [removal, edit] = [removals.get(id), edits.get(id)];
      if (removal ?? edit) fates.set(place, { removal, edit });
    }
    return fates;
  };

  return {
    /** The position of the last change of all that the fan-out came to; 0: none yet. */
    get last(): number {
      return late.last;
    },
    lastIn,
    /** What became of the messages at the places of these lists up to now, if that need not be asked. */
    known: (page: LogPage, lists: readonly (readonly number[])[]): FatesIn | undefined => {
      const last = found.get(page);
      // Each subscriber asks, so the places are looked at only if anything happened since.
      const isAsNow = last !== undefined && (late.last <= last.asOf || lastIn(page, lists) <= last.asOf);
      return isAsNow ? last.fates : undefined;
    },
    /** The fan-out has come to this event. */
    passed: ({ type, stream, position }: Recorded): void => {
      if (changing.has(type)) late.passed(messageIdOf(stream)!, position);
    },
    /** Knows every change of its messages that the fan-out came to. @throws Unavailable the views are away, or behind it */
    among: (page: LogPage): Promise<FatesIn> => {
      const latest = latestIn(page);
      const known = asked.get(page);
      if (known !== undefined && latest <= known.asOf) return known.fates;
      const asOf = late.last;
      const fates = ask(page, latest);
      asked.set(page, { asOf, fates });
      fates.then(
        (answer) => {
          // An earlier question may be answered later.
          if (asOf >= (found.get(page)?.asOf ?? 0)) found.set(page, { asOf, fates: answer });
        },
        () => asked.delete(page),
      );
      return fates;
    },
  };
};

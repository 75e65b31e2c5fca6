// Notices that the node has another log than the one that this process knows: an older state of the log was restored, or
// another node has the address.

import { hides, type Recorded, Unavailable } from '../ports.ts';
import type { Answer } from './answerWire.ts';
import { mayBePosition } from './failures.ts';
import type { Link } from './link.ts';
import { readStream } from './reading.ts';
import { type Question, read } from './readWire.ts';
import type { OwnEvents } from './recorded.ts';

/** Enough of an event to find it again. */
type Known = Pick<Recorded, 'id' | 'position' | 'stream' | 'revision'>;

export type SameLog = ReturnType<typeof sameLog>;

/** `onReplaced`: called once, with the reason. From then on nothing that this process knows of the log can be used. */
export const sameLog = (own: OwnEvents, onReplaced: (why: string) => void) => {
  let last: Known | undefined;
  let replaced: Unavailable | undefined;
  /** The log changes only while connections are broken, so one look for each connection is enough. */
  const checks = new WeakMap<Link, Promise<void>>();

  const check = async (link: Link): Promise<void> => {
    if (last === undefined) return;
    const { id, position } = last;
    const found = await nearest(position, link);
    if (found?.id === id && found.position === position) return;
    // A scavenge takes away only what its stream hides, and the log goes on behind it.
    if (found && found.position >= position && (await hides(streamsOf(own, link), last))) return;
    const why = `the log is another one, or an older state of it: it no longer holds the event at position ${position}`;
    replaced = new Unavailable('events', new Error(why));
    onReplaced(why);
    throw replaced;
  };

  return {
    /** The log has this event. */
    knows(event: Known): void {
      if (event.position > (last?.position ?? 0)) last = event;
    },
    /** @throws Unavailable the log is another one; or the error of the connection */
    async mustBeOn(link: Link): Promise<void> {
      if (replaced) throw replaced;
      const checking = checks.get(link) ?? check(link);
      checks.set(link, checking);
      await checking.catch((error: unknown) => {
        checks.delete(link);
        throw error;
      });
    },
  };
};

const streamsOf = (own: OwnEvents, { client, lost }: Link): Parameters<typeof hides>[0] => ({
  readStream: (stream, range) => readStream(client, own, stream, { limit: 1, ...range }, lost),
});

/**
 * The event of the log at a position or after it, or the last one. The log keeps events that an operator hides from the
 * readers of their stream, so the answer does not come from the stream.
 */
const nearest = async (position: number, { client, lost }: Link): Promise<Recorded | undefined> => {
  let found: Recorded | undefined;
  const ask = (question: Question) => {
    const take = ({ event }: Answer): boolean => {
      found ??= event;
      return true;
    };
    return read(client, { ...question, count: 1 }, take, lost).over;
  };
  try {
    await ask({ from: position });
  } catch (error) {
    if (!mayBePosition(error)) throw error;
    // Nothing lies at the position, if the node answers another question.
    await ask({ from: 'end', backwards: true });
  }
  return found;
};

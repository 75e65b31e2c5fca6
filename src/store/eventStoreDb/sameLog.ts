// Notices that the node has another log than the one that this process knows: an older state of the log was restored, or
// another node has the address.

import { type Recorded, Unavailable } from '../ports.ts';
import type { Answer } from './answerWire.ts';
import { mayBePosition } from './failures.ts';
import type { Link } from './link.ts';
import { type Question, read } from './readWire.ts';

/** Enough of an event to find it again. */
type Known = Pick<Recorded, 'id' | 'position'>;

export type SameLog = ReturnType<typeof sameLog>;

/** `onReplaced`: called once, with the reason. From then on nothing that this process knows of the log can be used. */
export const sameLog = (onReplaced: (why: string) => void) => {
  let last: Known | undefined;
  let replaced: Unavailable | undefined;
  /** The log changes only while connections are broken, so one look for each connection is enough. */
  const checks = new WeakMap<Link, Promise<void>>();

  const check = async (link: Link): Promise<void> => {
    if (last === undefined) return;
    const { id, position } = last;
    if (await isAt(position, id, link)) return;
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

/**
 * Whether the log has an event at a position. It keeps events that an operator hides from the readers of their stream, so
 * the answer does not come from the stream.
 */
const isAt = async (position: number, id: string, { client, lost }: Link): Promise<boolean> => {
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
  return found?.id === id && found.position === position;
};

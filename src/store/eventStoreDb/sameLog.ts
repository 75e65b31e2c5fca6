// Notices that the node has another log than the one that this process knows: an older state of the log was restored, or
// another node has the address.

import { type Appended, type Recorded, Unavailable } from '../ports.ts';
import type { Link } from './link.ts';
import { readStream } from './reading.ts';
import type { OwnEvents } from './recorded.ts';

/** Enough of an event to find it again. */
type Known = Pick<Recorded, 'stream' | 'id'> & Appended;

export type SameLog = ReturnType<typeof sameLog>;

/** `onReplaced`: called once, with the reason. From then on nothing that this process knows of the log can be used. */
export const sameLog = (own: OwnEvents, onReplaced: (why: string) => void) => {
  let last: Known | undefined;
  let replaced: Unavailable | undefined;
  /** The log changes only while connections are broken, so one look for each connection is enough. */
  const checks = new WeakMap<Link, Promise<void>>();

  const check = async ({ client, lost }: Link): Promise<void> => {
    if (last === undefined) return;
    const { stream, revision, position, id } = last;
    const [found] = await readStream(client, own, stream, { from: revision, limit: 1 }, lost);
    if (found?.id === id && found.position === position) return;
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

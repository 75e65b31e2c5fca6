// What is made of opened events takes time, in which what they said may be erased.

import { Readable } from 'node:stream';
import type { History } from '../store/ports.ts';

type Events = Pick<History, 'forgotten' | 'undisturbed'>;

/**
 * What `make` returns. Calls it again if something was erased meanwhile: it may have opened that before. From then on erasures give
 * way to it. `sees`: whether what was made sees to that itself.
 */
export const withoutErased = async <T>(
  events: Events,
  make: () => T | Promise<T>,
  sees: (made: T) => boolean = () => false,
): Promise<T> => {
  const once = async () => make();
  for (let read = once; ; read = () => events.undisturbed(once)) {
    const before = events.forgotten();
    const made = await read();
    if (events.forgotten() === before || sees(made)) return made;
  }
};

/** The answer to a read. What leaves piece by piece sees to each piece itself. */
export const answerWithoutErased = <A extends { readonly content?: unknown }>(
  events: Events,
  make: () => Promise<A>,
): Promise<A> => withoutErased(events, make, ({ content }) => content instanceof Readable);

/** Passes on what is made, until something is erased: what was read before then is not passed on. */
export async function* untilErased<T>(events: Pick<History, 'forgotten'>, made: AsyncIterable<T>): AsyncGenerator<T> {
  const before = events.forgotten();
  for await (const each of made) {
    if (events.forgotten() !== before) throw new Error('something was erased meanwhile: ask again');
    yield each;
  }
}

// Answers a question from the log, page by page, and goes on live.

import { type EventReader, isLastPage, type OpenReader, type Recorded } from '../store/ports.ts';
import { fitsOf, type Question } from './question.ts';

const PAGE = 500;

/** Wraps the reading of a page, for instance to wait for a turn. */
export type ReadPage = <T>(read: () => Promise<T>) => Promise<T>;

/** Pages of the log after a position, or of one stream, as they lie. */
export async function* pagesOf(
  { readLog, readStream }: Pick<EventReader, 'readLog' | 'readStream'>,
  { after, stream }: Pick<Question, 'after' | 'stream'>,
  readPage: ReadPage,
): AsyncGenerator<readonly Recorded[]> {
  for (let position = after, revision = 0; ; ) {
    const page = await readPage(() =>
      stream === undefined ? readLog(position, PAGE) : readStream(stream, { from: revision, limit: PAGE }),
    );
    yield page;
    if (isLastPage(page, PAGE)) return;
    position = page.at(-1)!.position;
    revision = page.at(-1)!.revision + 1;
  }
}

/** The first event that `isIt`, looked for from the first one on. `upTo`: no position behind it. Undefined: there is none. */
export const findEvent = async (
  recorded: Pick<EventReader, 'readLog' | 'readStream'>,
  readPage: ReadPage,
  isIt: (event: Recorded) => boolean,
  upTo = Number.POSITIVE_INFINITY,
): Promise<Recorded | undefined> => {
  for await (const page of pagesOf(recorded, { after: 0 }, readPage)) {
    const found = page.find(isIt);
    if (found !== undefined || (page.at(-1)?.position ?? 0) >= upTo) return found;
  }
  return undefined;
};

/** Every event after a position, as it comes. */
export type Follow = (position: number) => AsyncIterable<readonly Recorded[]>;

/** What fits, of a page of the log. `isLive`: the past has ended. */
export interface Found {
  readonly fitting: readonly Recorded[];
  readonly page: readonly Recorded[];
  readonly isLive: boolean;
}

/** `follow`: undefined: the answer ends where the log ends at present. */
export async function* askLog(
  log: Pick<OpenReader, 'recorded' | 'head'>,
  question: Question,
  readPage: ReadPage,
  follow?: Follow,
): AsyncGenerator<Found> {
  const fits = fitsOf(question);
  const foundIn = (page: readonly Recorded[], isLive: boolean): Found => ({ fitting: page.filter(fits), page, isLive });
  const { stream, upTo = Number.POSITIVE_INFINITY } = question;
  // A stream does not say how far in the log its reader is.
  let at = stream === undefined ? question.after : await log.head();
  let last = question.after;
  for await (const page of pagesOf(log.recorded, question, readPage)) {
    yield foundIn(page, false);
    last = page.at(-1)?.position ?? last;
    if (last >= upTo) return;
  }
  if (follow === undefined) return;
  if (stream === undefined) at = last;
  yield foundIn([], true);
  for await (const page of follow(at))
    yield foundIn(
      page.filter(({ position }) => position > last),
      true,
    );
}

// Compares the views with what the log makes of them, share by share, while both go on, and mends what differs.

import { Unreadable } from '../domain/envelope.ts';
import { type MarkedReader, type Mend, type Recorded, Unavailable, type ViewStore } from '../store/ports.ts';
import { type Difference, differencesOf, type Origin } from './differences.ts';
import { createFold, type Fold, pagesUpTo } from './fold.ts';
import { collections } from './index.ts';
import { createPace, type Rest } from './pace.ts';
import { documentOf, FIRST, isEnd, liesBehind, nearer, type Place, readShare } from './shares.ts';

/** An event of the log that is not as it was recorded. */
export interface Broken extends Origin {
  readonly revision: number;
  readonly what: string;
}

export interface Report {
  /** Documents of the views that were compared, and events of the log that were checked. */
  readonly documents: number;
  readonly events: number;
  /** How many there are, and the first of them. */
  readonly differing: number;
  readonly differences: readonly Difference[];
  /** How many of the differing documents were mended. */
  readonly mended: number;
  readonly broken: readonly Broken[];
}

export interface DoctorOptions {
  readonly events: Pick<MarkedReader, 'readLog' | 'head' | 'marks'>;
  readonly views: Pick<ViewStore, 'scan' | 'mend'>;
  /** What is wrong with an event of the log; all of them are asked about in order. Undefined: nothing. */
  readonly flawOf: (event: Recorded) => Promise<string | undefined>;
  /** Whether the views have come so far, after waiting for them. */
  readonly reached: (position: number) => Promise<boolean>;
  readonly repair: boolean;
  /** Documents of one share: each share reads the log once, and is in memory. */
  readonly most: number;
  /** How far one reading of the log has come; `events`: how many events that were. */
  readonly onProgress?: (position: number, head: number, events: number) => void;
  /** Awaited after each page of documents or events. Default: lets others have their turn. */
  readonly rest?: Rest | undefined;
  readonly signal: AbortSignal;
}

/** Differences and events that a report names; the rest is counted. */
export const NAMED = 1000;
/** Looks at one share at most, while it is mended. */
const LOOKS = 4;

const isBefore = (place: Place, key: string): boolean => {
  const { at, id } = documentOf(key);
  return !liesBehind(place, at, id);
};

export const examine = async (options: DoctorOptions): Promise<Report> => {
  const { events, views, flawOf, reached, repair, most, onProgress, rest = createPace(), signal } = options;
  const differences: Difference[] = [];
  const broken: Broken[] = [];
  let [documents, checked, differing, mended] = [0, 0, 0, 0];
  let head = 0;

  const pause = async (): Promise<void> => {
    signal.throwIfAborted();
    await rest();
    signal.throwIfAborted();
  };

  const note = ({ id, type, stream, position, revision }: Unreadable['event'], what: string): void => {
    if (broken.length < NAMED) broken.push({ id, type, stream, position, revision, what });
  };

  const checkChains = async (page: readonly Recorded[]): Promise<void> => {
    for (const event of page) {
      const flaw = await flawOf(event);
      if (flaw !== undefined) note(event, flaw);
    }
    checked += page.length;
  };

  /** Folds the log up to `head`. Only the first reading checks the chains. */
  const foldLog = async (fold: Fold, isFirst: boolean): Promise<void> => {
    let taken = 0;
    for await (const page of pagesUpTo(events, 0, head)) {
      if (isFirst) await checkChains(page);
      fold.take(page);
      taken += page.length;
      onProgress?.(page.at(-1)?.position ?? 0, head, taken);
      await pause();
    }
  };

  /** The documents as they must be where the views are now. */
  const mendsAt =
    (fold: Fold, wrong: readonly string[]) =>
    async (position: number): Promise<readonly Mend[]> => {
      // The log was folded beyond the views: the next look finds them further on.
      if (position < head) return [];
      for await (const page of pagesUpTo(events, head, position)) fold.take(page);
      return wrong.map((key): Mend => {
        const { at, id } = documentOf(key);
        return { collection: collections[at]!.name, id, doc: fold.expected(key)?.doc ?? null };
      });
    };

  const look = async (from: Place, isFirst: boolean) => {
    const share = await readShare(views, from, most, pause);
    head = await events.head();
    const fold = createFold(share, most * 2, await events.marks());
    await foldLog(fold, isFirst);
    return { share, fold, wrong: fold.wrong() };
  };

  /** Mends documents until another look finds them right. Returns where the share ends that was looked at again. */
  const mendShare = async (from: Place, wrong: readonly string[], first: Fold): Promise<Place> => {
    let [left, last, to] = [wrong, first, first.to];
    for (let looks = 1; left.length > 0 && looks < LOOKS; looks++) {
      if (!(await reached(head))) throw new Unavailable('views', new Error('they do not follow the log'));
      await views.mend(mendsAt(last, left));
      const again = await look(from, false);
      // What is mended counts among the documents now, so the share may end sooner.
      to = nearer(to, again.fold.to);
      [left, last] = [wrong.filter((key) => again.wrong.includes(key)), again.fold];
    }
    mended += wrong.length - left.length;
    return to;
  };

  const examineShare = async (from: Place): Promise<Place> => {
    const { share, fold, wrong } = await look(from, from === FIRST);
    for (const key of wrong) {
      const { at, id } = documentOf(key);
      const found = differencesOf({ collection: collections[at]!.name, id }, share.docs.get(key), fold.expected(key));
      differences.push(...found.slice(0, NAMED - differences.length));
    }
    differing += wrong.length;
    const isDone = !repair || wrong.length === 0;
    const to = isDone ? fold.to : await mendShare(from, wrong, fold);
    for (const key of share.docs.keys()) if (isBefore(to, key)) documents++;
    return to;
  };
  const report = (): Report => ({ documents, events: checked, differing, differences, mended, broken });
  try {
    for (let place = FIRST; !isEnd(place); ) place = await examineShare(place);
  } catch (error) {
    // Nobody can tell what a log makes that cannot be read.
    if (!(error instanceof Unreadable)) throw error;
    note(error.event, error.message);
  }
  return report();
};

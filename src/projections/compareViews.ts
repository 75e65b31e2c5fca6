// Compares views that were just built with those that serve, page by page.

import { decode } from '../domain/codec.ts';
import type { Doc, EventReader, ViewBuild, ViewStore } from '../store/ports.ts';
import { type Difference, differencesOf } from './differences.ts';
import { pagesUpTo } from './fold.ts';
import { collections, noMarks, projectionsWith } from './index.ts';
import { misfitOf } from './mark.ts';
import { createPace, type Rest } from './pace.ts';
import { project } from './projection.ts';
import { documentOf, FIRST, isEnd, keyOf, liesBehind, nearer, type Place, readShare } from './shares.ts';

export interface Compared {
  /** Documents. */
  readonly differing: number;
  /** The first of what differs. */
  readonly differences: readonly Difference[];
}

interface Sides {
  readonly events: Pick<EventReader, 'readLog' | 'readStream' | 'head'>;
  readonly views: Pick<ViewStore, 'checkpoint' | 'scan'>;
  readonly build: Pick<ViewBuild, 'scan'>;
  /** The build has every event up to here. */
  readonly position: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives now and then how many documents have been compared. */
  readonly onDocuments: (count: number) => void;
}

/** Documents that are in memory at once, of each side. */
const SHARE = 2000;
const NAMED = 100;

const changesOf = project(projectionsWith(noMarks));
const indexOf = new Map(collections.map(({ name }, at) => [name, at]));

/** The documents that events after `position` concern: only there the two may differ rightly. Each call reads on from the last. */
const concernedAfter = (events: Sides['events'], position: number, rest: Rest) => {
  const keys = new Set<string>();
  let upTo = position;
  return async (): Promise<ReadonlySet<string>> => {
    for await (const page of pagesUpTo(events, upTo, await events.head())) {
      for (const change of page.map(decode).flatMap(changesOf))
        keys.add(keyOf(indexOf.get(change.collection)!, change.op === 'put' ? change.doc.id : change.id));
      upTo = page.at(-1)!.position;
      await rest();
    }
    return keys;
  };
};

/** Undefined: the views that serve are of another version, or belong to another log. @throws Unavailable */
export const compareViews = async ({
  events,
  views,
  build,
  position,
  signal,
  onDocuments,
}: Sides): Promise<Compared | undefined> => {
  const standing = await views.checkpoint();
  if (standing.isOutdated || (await misfitOf(events, standing)) !== undefined) return undefined;
  const differences: Difference[] = [];
  let [differing, documents] = [0, 0];
  const pace = createPace();
  const rest = async (): Promise<void> => {
    signal?.throwIfAborted();
    await pace();
  };

  const compare = (found: Doc | undefined, expected: Doc | undefined, key: string): void => {
    const { at, id } = documentOf(key);
    const by = { id: '', type: '', stream: '', position: 0 };
    const made = expected && { doc: expected, by, fields: new Map() };
    const all = differencesOf({ collection: collections[at]!.name, id }, found, made);
    if (all.length > 0) differing++;
    differences.push(...all.map((each) => ({ ...each, event: null })).slice(0, NAMED - differences.length));
  };

  // The views may lie behind the build, or before it.
  const concerned = concernedAfter(events, Math.min(standing.position, position), rest);
  for (let from: Place = FIRST; !isEnd(from); ) {
    const built = await readShare(build, from, SHARE, rest);
    const live = await readShare(views, from, SHARE, rest);
    const to = nearer(built.to, live.to);
    const moved = await concerned();
    for (const key of new Set([...built.docs.keys(), ...live.docs.keys()])) {
      const { at, id } = documentOf(key);
      if (!moved.has(key) && !liesBehind(to, at, id)) compare(live.docs.get(key), built.docs.get(key), key);
      documents++;
      await rest();
    }
    onDocuments(documents);
    from = to;
  }
  return { differing, differences };
};

// Reads an export line by line, and finds what is wrong with it.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '../domain/codec.ts';
import { logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { hashIn, isChained, NO_HASH } from '../history/chain.ts';
import { BrokenLine, type Exported, NO_LINK, readLine } from '../history/cloudEvents.ts';
import type { EventReader, Recorded } from '../store/ports.ts';
import { charsOf, PAGE_CHARS } from '../store/ports.ts';
import { type Manifest, MOST_BATCH_BYTES, type Progress } from './exportFolder.ts';
import { namedFiles } from './namedFiles.ts';
import { progressBar } from './progressBar.ts';
import { UsageError } from './verb.ts';

/** An export is not as it was written. `after`: position of the last event that is right; 0: none is. */
export class DamagedExport extends UsageError {
  readonly after: number;
  constructor(where: string, after: number, why: string) {
    super(`${where}, after position ${after}: ${why}. The export was changed or damaged. Use another one`);
    this.after = after;
  }
}

type Told = Pick<Progress, 'scope' | 'logId' | 'batches'>;

/** Checks the chain of each stream; keeps one hash for each of them. */
const chainChecker = () => {
  const ends = new Map<string, Pick<Recorded, 'revision'> & { readonly hash: string }>();
  return (event: Recorded): string | undefined => {
    const { revision = -1, hash = NO_HASH } = ends.get(event.stream) ?? {};
    if (event.revision !== revision + 1) return `${event.stream} goes on at ${event.revision}, not at ${revision + 1}`;
    if (!isChained(hash, event)) return `the event was changed in ${event.stream} before it was exported`;
    ends.set(event.stream, { revision: event.revision, hash: hashIn(event.meta)! });
  };
};

const linesOf = async (path: string): Promise<readonly string[]> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.size > MOST_BATCH_BYTES) return [];
  const lines = (await readFile(path, 'utf8')).split('\n');
  // Every line ends with an end of line.
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

/** Every event. @throws DamagedExport at the first one that is not as it was written */
export async function* exportedIn(folder: string, { scope, logId, batches }: Told): AsyncGenerator<Exported, void> {
  const chainBreaks = scope.of === 'log' ? chainChecker() : () => undefined;
  let [before, sequence, after] = [NO_LINK, 0, 0];
  for (const batch of batches) {
    const path = join(folder, batch.file);
    const lines = await linesOf(path);
    for (const [i, line] of lines.entries()) {
      const damaged = (why: string) => new DamagedExport(`${path}, line ${i + 1}`, after, why);
      if (i === batch.events) throw damaged('there are more lines than were written');
      let event: Exported;
      try {
        [event, before] = readLine(line, { logId, sequence: ++sequence, before });
      } catch (error) {
        throw error instanceof BrokenLine ? damaged(error.message) : error;
      }
      const why = event.position <= after ? 'its position does not rise' : chainBreaks(event);
      if (why !== undefined) throw damaged(why);
      after = event.position;
      yield event;
    }
    if (lines.length < batch.events) {
      const why = lines.length === 0 ? 'the file is missing, empty or too large' : 'the file is cut off';
      throw new DamagedExport(path, after, why);
    }
    if (before !== batch.link) throw new DamagedExport(path, batch.first - 1, 'it has other lines than were written');
  }
}

export type Facts = ReturnType<typeof gatherFacts>;

/** What the manifest says of the events. */
export const gatherFacts = () => {
  const files = namedFiles();
  const ofLog: Recorded[] = [];
  let [events, last, seal]: [number, Recorded | undefined, Manifest['seal']] = [0, undefined, null];
  return {
    note: (event: Recorded): void => {
      events += 1;
      last = event;
      if (event.stream === THE_LOG) ofLog.push(event);
      if (event.type === 'FileStored' || event.type === 'FileDiscarded') files.note(decode(event));
      if (event.type === 'LogSealed') seal = { position: event.position, jws: JSON.parse(event.data).jws };
    },
    get told(): Pick<Manifest, 'events' | 'lastHash' | 'seal'> {
      return { events, lastHash: (last && hashIn(last.meta)) ?? null, seal };
    },
    /** The events about the log itself. */
    ofLog,
    files: files.sizes,
  };
};

/** Reads every event, and shows how far it is. @throws DamagedExport */
export const verifyExport = async (folder: string, manifest: Manifest): Promise<Facts> => {
  const facts = gatherFacts();
  const bar = progressBar('check events', manifest.events);
  for await (const event of exportedIn(folder, manifest)) {
    facts.note(event);
    bar.update(facts.told.events);
  }
  bar.finish(manifest.events);
  const differs = (['events', 'lastHash', 'seal'] as const).find(
    (fact) => JSON.stringify(facts.told[fact]) !== JSON.stringify(manifest[fact]),
  );
  if (differs !== undefined)
    throw new UsageError(`the manifest in ${folder} has another \`${differs}\` than the lines`);
  if (manifest.scope.of === 'log') {
    const log = facts.ofLog.map(decode).reduce((state, event) => logs.evolve(state, event, event), logs.initial());
    if (log.logId !== manifest.logId)
      throw new UsageError(`the manifest in ${folder} names another log than the lines`);
  }
  return facts;
};

/** The export of a whole log as a log, for those who read it from its start on. */
export const exportAsLog = (
  folder: string,
  manifest: Manifest,
  { ofLog }: Pick<Facts, 'ofLog'>,
): Pick<EventReader, 'readStream' | 'readLog' | 'head'> => {
  let [events, at] = [exportedIn(folder, manifest), 0];
  const next = async (): Promise<Recorded | undefined> => {
    const { value } = await events.next();
    at = value?.position ?? at;
    return value ?? undefined;
  };
  return {
    readStream: async (stream, { from = 0 } = {}) => {
      if (stream !== THE_LOG) throw new Error(`an export is read in its order: ${stream} is not`);
      return ofLog.slice(from);
    },
    readLog: async (position, limit = 1000) => {
      if (position !== at) {
        [events, at] = [exportedIn(folder, manifest), 0];
        while (at < position && (await next()) !== undefined);
      }
      const page: Recorded[] = [];
      for (let chars = 0; page.length < limit && chars < PAGE_CHARS; ) {
        const event = await next();
        if (event === undefined) break;
        page.push(event);
        chars += charsOf(event);
      }
      return page;
    },
    head: async () => manifest.batches.at(-1)?.last ?? 0,
  };
};

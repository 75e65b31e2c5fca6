// Reads an export line by line, and finds what is wrong with it.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '../domain/codec.ts';
import { logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { hashIn } from '../history/chain.ts';
import { BrokenLine, type Exported, eventIn, NO_LINK, readLine } from '../history/cloudEvents.ts';
import type { EventReader, Recorded } from '../store/ports.ts';
import { charsOf, PAGE_CHARS } from '../store/ports.ts';
import { type Manifest, MOST_BATCH_BYTES, type Progress } from './exportFolder.ts';
import { namedFiles } from './namedFiles.ts';
import { UsageError } from './verb.ts';

/** An export is not as it was written. `after`: position of the last event that is right; 0: none is. */
export class DamagedExport extends UsageError {
  readonly after: number;
  constructor(where: string, after: number, why: string) {
    super(`${where}, after position ${after}: ${why}. The export was changed or damaged. Use another one`);
    this.after = after;
  }
}

type Told = Pick<Progress, 'logId' | 'batches'>;

/** The bytes of a batch. None: it is missing, or too large. */
const bytesOf = async (path: string): Promise<Buffer> => {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.size > MOST_BATCH_BYTES ? Buffer.alloc(0) : readFile(path);
};

const linesOf = async (path: string): Promise<readonly string[]> => {
  const lines = (await bytesOf(path)).toString().split('\n');
  // Every line ends with an end of line.
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

/** Every event, once its link was checked. @throws DamagedExport at the first one that is not as it was written */
export async function* exportedIn(folder: string, { logId, batches }: Told): AsyncGenerator<Exported, void> {
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
      if (event.position <= after) throw damaged('its position does not rise');
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

/** The events of one stream, found quickly, without making texts of the other lines: nothing of them is checked. */
async function* eventsOf(stream: string, folder: string, batches: Told['batches']): AsyncGenerator<Recorded, void> {
  const subject = `,"subject":${JSON.stringify(stream)},`;
  for (const { file } of batches) {
    const bytes = await bytesOf(join(folder, file));
    for (let at = bytes.indexOf(subject), end = 0; at !== -1; at = bytes.indexOf(subject, end)) {
      end = bytes.indexOf('\n', at);
      if (end === -1) end = bytes.length;
      yield eventIn(bytes.toString('utf8', bytes.lastIndexOf('\n', at) + 1, end));
    }
  }
}

/** An export of a whole log as that log. Each line that `readLog` reads is checked; `readLog` is for reading it in its order. */
export const exportAsLog = (folder: string, told: Told): Pick<EventReader, 'readStream' | 'readLog' | 'head'> => {
  let [events, at] = [exportedIn(folder, told), 0];
  const next = async (): Promise<Recorded | undefined> => {
    const { value } = await events.next();
    at = value?.position ?? at;
    return value ?? undefined;
  };
  /** Streams that are being read, each page after the one before it. */
  const reading = new Map<string, { readonly events: AsyncGenerator<Recorded, void>; readonly from: number }>();
  return {
    readStream: async (stream, { from = 0, limit = 1000 } = {}) => {
      const held = reading.get(stream);
      const events = held?.from === from ? held.events : eventsOf(stream, folder, told.batches);
      const page: Recorded[] = [];
      while (page.length < limit) {
        const { value } = await events.next();
        if (!value) break;
        if (value.revision >= from) page.push(value);
      }
      reading.set(stream, { events, from: (page.at(-1)?.revision ?? from - 1) + 1 });
      return page;
    },
    readLog: async (position, limit = 1000) => {
      if (position !== at) {
        [events, at] = [exportedIn(folder, told), 0];
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
    head: async () => told.batches.at(-1)?.last ?? 0,
  };
};

/** Few events need decoding. */
const OF_FILES: ReadonlySet<string> = new Set(['FileStored', 'FileDiscarded', 'FileErased']);

export type Facts = ReturnType<typeof gatherFacts>;

/** What the manifest says of the events. */
export const gatherFacts = () => {
  const files = namedFiles();
  const keys = new Set<string>();
  let [events, last, seal]: [number, Recorded | undefined, Manifest['seal']] = [0, undefined, null];
  let log = logs.initial();
  return {
    note: (event: Recorded): void => {
      events += 1;
      last = event;
      if (OF_FILES.has(event.type)) files.note(decode(event));
      if (event.stream === THE_LOG) {
        const decoded = decode(event);
        log = logs.evolve(log, decoded, decoded);
      }
      if (event.type === 'SealKeyAdded') keys.add(JSON.parse(event.data).kid);
      if (event.type === 'LogSealed') seal = { position: event.position, jws: JSON.parse(event.data).jws };
    },
    get told(): Pick<Manifest, 'events' | 'lastHash' | 'seal'> {
      return { events, lastHash: (last && hashIn(last.meta)) ?? null, seal };
    },
    /** The id of the log, as its events say. */
    get logId(): string | null {
      return log.logId;
    },
    files: files.sizes,
    contents: files.contents,
    /** Thumbprints of the keys that the events name. */
    keys,
  };
};

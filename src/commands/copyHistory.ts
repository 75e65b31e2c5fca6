// Copies a whole history: every event with its id, time, content and revision, in the order of the log, and every file.
//
// The copy gets the position each event had, in its `meta`, and at its end an event that says which log it is and where
// it comes from, so that a client can go on from a position of the old one. Interrupted, it goes on where it stopped: what
// the target holds must be the beginning of the source.

import { decode, encode, mustBeKnown } from '../domain/codec.ts';
import { type Log, logs, THE_LOG } from '../domain/log.ts';
import {
  APPEND_LIMITS,
  type BlobStore,
  type EventStore,
  isLastPage,
  type NewEvent,
  NO_STREAM,
  type Recorded,
} from '../store/ports.ts';

export interface HistoryStores {
  readonly events: EventStore;
  readonly blobs: BlobStore;
}

export interface Copied {
  events: number;
  files: number;
  /** Events found there. */
  present: number;
}

/** The target holds something that is not the beginning of the source. */
export class NotACopy extends Error {
  override readonly name = 'NotACopy';
}

const PAGE = 1000;
/** Events between two marks. */
const STRIDE = 2000;

async function* eventsOf(events: EventStore): AsyncGenerator<Recorded> {
  for (let after = 0; ; ) {
    const page = await events.readLog(after, PAGE);
    yield* page;
    if (isLastPage(page, PAGE)) return;
    after = page.at(-1)!.position;
  }
}

/** The log's own account of itself, from its stream. */
const logOf = async (events: EventStore): Promise<Log> => {
  let log = logs.initial();
  for (let from = 0; ; ) {
    const page = await events.readStream(THE_LOG, { from, limit: PAGE });
    log = page.map(decode).reduce((before, event) => logs.evolve(before, event, event), log);
    if (isLastPage(page, PAGE)) return log;
    from = page.at(-1)!.revision + 1;
  }
};

/** The event as the copy records it: it says where it stood. */
const moved = ({ id, type, data, meta, position }: Recorded, logId: string): NewEvent => {
  const { copied = [], ...rest } = JSON.parse(meta) as { copied?: unknown[] };
  return { id, type, data, meta: JSON.stringify({ ...rest, copied: [...copied, [logId, position]] }) };
};

const sizeOf = ({ data, meta }: NewEvent): number => Buffer.byteLength(data) + Buffer.byteLength(meta);

export const copyHistory = async (
  from: HistoryStores,
  to: HistoryStores,
  newId: () => string,
  onProgress: (last: Recorded) => void,
): Promise<Copied> => {
  const done: Copied = { events: 0, files: 0, present: 0 };
  const { logId } = await logOf(from.events);
  if (logId === null) throw new NotACopy('the source has no history');
  const marks: [number, number][] = [];
  let count = 0;
  const mark = (source: Recorded, place: number): void => {
    if (count++ % STRIDE === 0) marks.push([source.position, place]);
  };

  const takeFile = async (recorded: Recorded): Promise<void> => {
    const event = decode(recorded);
    if (event.type !== 'FileStored') return;
    await to.blobs.put(await from.blobs.open(event.data.hash), event.data.size);
    done.files += 1;
  };

  const present = eventsOf(to.events);
  /** Passes what the target holds already; false: it holds no more. */
  const isThere = async (source: Recorded): Promise<boolean> => {
    const { value, done: ended } = await present.next();
    if (ended === true) return false;
    if (value.id !== source.id || value.stream !== source.stream || value.revision !== source.revision)
      throw new NotACopy(`the target holds something else: ${value.type} in ${value.stream} at ${value.position}`);
    mark(source, value.position);
    done.present += 1;
    return true;
  };

  let run: Recorded[] = [];
  let bytes = 0;
  /** Appends a run of neighbours in one stream. Their places are known only of the last, so runs break at marks. */
  const append = async (): Promise<void> => {
    const last = run.at(-1);
    if (last === undefined) return;
    const first = run[0]!;
    for (const recorded of run) if (recorded.type === 'FileStored') await takeFile(recorded);
    const { position } = await to.events.append(
      first.stream,
      first.revision === 0 ? NO_STREAM : first.revision - 1,
      run.map((recorded) => moved(recorded, logId)),
    );
    if (count + run.length > Math.ceil(count / STRIDE) * STRIDE) marks.push([last.position, position]);
    count += run.length;
    done.events += run.length;
    run = [];
    bytes = 0;
    onProgress(last);
  };

  let comparing = true;
  for await (const source of eventsOf(from.events)) {
    // It may name a file in a way that only the newer program knows.
    mustBeKnown(source);
    if (comparing) {
      comparing = await isThere(source);
      if (comparing) continue;
    }
    const size = sizeOf(moved(source, logId));
    const breaks =
      run.length > 0 &&
      (run[0]!.stream !== source.stream || run.length === APPEND_LIMITS.events || bytes + size > APPEND_LIMITS.bytes);
    if (breaks) await append();
    run.push(source);
    bytes += size;
  }
  await append();
  await finish(to.events, { from: logId, logId: newId(), marks }, newId());
  return done;
};

/** The last event of a copy, unless a run before this one came as far. */
const finish = async (
  events: EventStore,
  data: { from: string; logId: string; marks: [number, number][] },
  id: string,
): Promise<void> => {
  const { logId } = await logOf(events);
  if (logId !== data.from) return;
  const [last] = await events.readStream(THE_LOG, { backwards: true, limit: 1 });
  const event = encode(id, { type: 'LogCopied', data }, new Date().toISOString(), {
    actorId: null,
    correlationId: 'copy',
  });
  await events.append(THE_LOG, last?.revision ?? NO_STREAM, [event]);
};

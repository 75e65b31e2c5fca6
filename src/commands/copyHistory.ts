// Copies a whole history: every event with its id, time, content and revision, in the order of the log, and every file.
//
// Each copied event keeps its old position in its `meta`. The last event of the copy names both logs, so that a client
// can continue from a position of the old one. A copy that was interrupted continues where it stopped: the events in
// the target must be the first events of the source. Until the copy has ended, no server starts on it (`mustBeWhole`).

import { decode, encode, mustBeKnown } from '../domain/codec.ts';
import type { EventOf } from '../domain/events.ts';
import { finishCopy, logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { copyKeys } from '../history/copyKeys.ts';
import { copyPseudonyms } from '../history/pseudonyms.ts';
import {
  APPEND_LIMITS,
  type BlobStore,
  type EventReader,
  type History,
  type KeyStore,
  Missing,
  type NewEvent,
  NO_STREAM,
  type Recorded,
} from '../store/ports.ts';
import { eventsAfter, stateIn } from './readEvents.ts';

interface Source {
  readonly events: Pick<EventReader, 'readStream' | 'readLog'>;
  /** Undefined: the target has the files. */
  readonly blobs?: Pick<BlobStore, 'open'>;
  /** Undefined: the target has the keys. */
  readonly keys?: Pick<KeyStore, 'get'>;
}

interface Target {
  readonly events: History;
  readonly blobs: BlobStore;
  readonly keys: KeyStore;
}

interface Counts {
  events: number;
  files: number;
  /** Events that the target already had. */
  present: number;
}

/** The events in the target are not the first events of the source. */
export class NotACopy extends Error {
  override readonly name = 'NotACopy';
}

/** Events between two marks. */
const STRIDE = 2000;

const copyOf = ({ id, type, data, meta, position }: Recorded, logId: string): NewEvent => {
  const { copied = [], ...rest } = JSON.parse(meta) as { copied?: unknown[] };
  return { id, type, data, meta: JSON.stringify({ ...rest, copied: [...copied, [logId, position]] }) };
};

const sizeOf = ({ data, meta }: NewEvent): number => Buffer.byteLength(data) + Buffer.byteLength(meta);

/** @throws NotACopy the event in the target is another one, or was not copied from the log with this id */
const mustBeCopied = (present: Recorded, { id, stream, revision }: Recorded, logId: string): void => {
  if (present.id !== id || present.stream !== stream || present.revision !== revision)
    throw new NotACopy(
      `the stores are not empty: they hold another history, with ${present.type} in ${present.stream} at position ` +
        `${present.position}. Set another DATA_DIR, or name empty servers`,
    );
  if (decode(present).meta.copied?.at(-1)?.[0] !== logId)
    throw new NotACopy(
      'the target holds the same history, but no copy of it: it is the source, or was filled by other means',
    );
};

/** The id of the log that is copied. @throws NotACopy it has not begun */
const logIdOf = async (events: Source['events']): Promise<string> => {
  const { logId } = await stateIn(events, logs, THE_LOG);
  if (logId === null) throw new NotACopy('the source has no history');
  return logId;
};

/** The first event of the source, and whether the target has it. @throws NotACopy the target begins with another one */
const beginningOf = async (from: Source['events'], to: History['recorded'], logId: string) => {
  const [[first], [present]] = await Promise.all([from.readLog(0, 1), to.readLog(0, 1)]);
  if (present !== undefined) mustBeCopied(present, first!, logId);
  return { first: first!, isThere: present !== undefined };
};

/**
 * Copies the first event, so that no server starts on the target before it has everything: call it before anything else is
 * put there. @throws NotACopy the target has other events
 */
export const beginCopy = async (from: Source['events'], { recorded }: Pick<History, 'recorded'>): Promise<void> => {
  const logId = await logIdOf(from);
  const { first, isThere } = await beginningOf(from, recorded, logId);
  if (!isThere) await recorded.append(first.stream, NO_STREAM, [copyOf(first, logId)]);
};

/** The last event of a copy, unless an earlier run appended it. */
const finish = async (events: History, data: Parameters<typeof finishCopy>[1], id: string): Promise<void> => {
  const [event] = finishCopy(await stateIn(events, logs, THE_LOG), data);
  if (event === undefined) return;
  const [last] = await events.readStream(THE_LOG, { backwards: true, limit: 1 });
  const meta = { actorId: null, correlationId: 'copy' };
  await events.append(THE_LOG, last?.revision ?? NO_STREAM, [encode(id, event, new Date().toISOString(), meta)]);
};

export const copyHistory = async (
  from: Source,
  to: Target,
  newId: () => string,
  onProgress: (last: Recorded, events: number) => void,
): Promise<Counts> => {
  const done: Counts = { events: 0, files: 0, present: 0 };
  const logId = await logIdOf(from.events);
  const marks: [number, number][] = [];
  let count = 0;

  const copyFile = async (recorded: Recorded): Promise<void> => {
    if (from.blobs === undefined || recorded.type !== 'FileStored') return;
    const { data } = decode(recorded) as EventOf<'FileStored'>;
    const content = await from.blobs.open(data.hash).catch(async (error: unknown) => {
      if (error instanceof Missing && (await isDiscarded(recorded.stream))) return undefined;
      throw error;
    });
    if (content === undefined) return;
    await to.blobs.put(content, data.size);
    done.files += 1;
  };

  /** The content of a file that was discarded or erased may be gone. */
  const isDiscarded = async (stream: string): Promise<boolean> => {
    const [last] = await from.events.readStream(stream, { backwards: true, limit: 1 });
    return last?.type === 'FileDiscarded' || last?.type === 'FileErased';
  };

  const { recorded } = to.events;
  const present = eventsAfter(recorded, 0);
  /** Is the event already in the target? False: the target ends before it. */
  const isThere = async (source: Recorded): Promise<boolean> => {
    const { value, done: ended } = await present.next();
    if (ended === true) return false;
    mustBeCopied(value, source, logId);
    if (count++ % STRIDE === 0) marks.push([source.position, value.position]);
    done.present += 1;
    return true;
  };

  /** Neighbours in one stream, to be appended together. */
  let run: Recorded[] = [];
  let copies: NewEvent[] = [];
  let bytes = 0;
  /** The store tells only the position of the last event of a run, so that one gets the mark. */
  const append = async (): Promise<void> => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) return;
    for (const recorded of run) await copyFile(recorded);
    if (from.keys) await copyKeys(run, from.keys, to.keys);
    const { position } = await recorded.append(first.stream, first.revision - 1, copies);
    if (count + run.length > Math.ceil(count / STRIDE) * STRIDE) marks.push([last.position, position]);
    count += run.length;
    done.events += run.length;
    [run, copies, bytes] = [[], [], 0];
    onProgress(last, count);
  };

  await beginningOf(from.events, recorded, logId);
  if (from.keys) await copyPseudonyms(from.keys, to.keys);
  let comparing = true;
  for await (const source of eventsAfter(from.events, 0)) {
    // An event of a newer version may name a file in an unknown way.
    mustBeKnown(source);
    if (comparing) {
      comparing = await isThere(source);
      if (comparing) continue;
    }
    const copy = copyOf(source, logId);
    const size = sizeOf(copy);
    const isFull = run.length === APPEND_LIMITS.events || bytes + size > APPEND_LIMITS.bytes;
    if (isFull || run[0]?.stream !== source.stream) await append();
    run.push(source);
    copies.push(copy);
    bytes += size;
  }
  await append();
  await finish(to.events, { from: logId, logId: newId(), marks }, newId());
  return done;
};

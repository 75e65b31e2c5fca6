// Copies a whole history: every event with its id, time, content and revision, in the order of the log, and every file.
//
// The last event of the copy names both logs, so that a client can continue from a position of the old one. A copy that was
// interrupted continues where it stopped: the events in the target must be the first events of the source. Until the copy has
// ended, no server starts on it (`mustBeWhole`).

import { encode, mustBeKnown } from '../domain/codec.ts';
import { finishCopy, logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { copyKeys } from '../history/copyKeys.ts';
import { copyPseudonyms } from '../history/pseudonyms.ts';
import {
  APPEND_LIMITS,
  type BlobStore,
  type History,
  type KeyStore,
  type NewEvent,
  NO_STREAM,
  type Recorded,
} from '../store/ports.ts';
import { beginningOf, type CopiedEvents, copyOf, logIdOf, mustBeCopied } from './beginCopy.ts';
import { createFileCopier } from './copyFile.ts';
import { eventsAfter, stateIn } from './readEvents.ts';

interface Source {
  readonly events: CopiedEvents;
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

interface Copied {
  readonly events: number;
  readonly files: number;
  /** The hashes of files that are lost or damaged in the source: the copy has everything else. */
  readonly lost: readonly string[];
  /** Events that the target already had. */
  readonly present: number;
}

/** Events between two marks. */
const STRIDE = 2000;

const sizeOf = ({ data, meta }: NewEvent): number => Buffer.byteLength(data) + Buffer.byteLength(meta);

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
): Promise<Copied> => {
  const done = { events: 0, present: 0 };
  const logId = await logIdOf(from.events);
  const marks: [number, number][] = [];
  let count = 0;

  const files = createFileCopier(from, { events: to.events.recorded, blobs: to.blobs });

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
    for (const recorded of run) await files.copy(recorded);
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
      if (comparing) {
        // An earlier run may have left out a content that was lost.
        await files.copy(source);
        continue;
      }
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
  return { ...done, files: files.copied(), lost: files.lost() };
};

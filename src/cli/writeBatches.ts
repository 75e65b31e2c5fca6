// Writes events to the batches of an export. Each batch is on disk before the export says that it has it.

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Taken } from '../commands/exportedEvents.ts';
import { type Exported, lineOf, NO_LINK } from '../history/cloudEvents.ts';
import { type Batch, batchFile, type Progress, writeProgress } from './exportFolder.ts';

interface Open {
  readonly file: FileHandle;
  readonly name: string;
  readonly first: number;
  last: number;
  events: number;
  bytes: number;
}

interface Hearing {
  onEvent(event: Exported): void;
  /** The position up to which the log was looked at. */
  onProgress(position: number): void;
}

/** `batchBytes`: the line that reaches them is the last of its batch. @returns all batches, with those of earlier runs */
export const writeBatches = async (
  folder: string,
  progress: Progress,
  pages: AsyncIterable<Taken>,
  batchBytes: number,
  { onEvent, onProgress }: Hearing,
): Promise<readonly Batch[]> => {
  const batches = [...progress.batches];
  let before = batches.at(-1)?.link ?? NO_LINK;
  let sequence = batches.reduce((sum, { events }) => sum + events, 0);
  let batch: Open | undefined;
  let lines: string[] = [];
  /** The page before is written while the next one is made. */
  let writing: Promise<void> | undefined;

  const begin = async (first: number): Promise<Open> => {
    const name = batchFile(batches.length + 1);
    return { file: await open(join(folder, name), 'w', 0o600), name, first, last: first, events: 0, bytes: 0 };
  };

  const flush = async (): Promise<void> => {
    const text = lines.join('');
    lines = [];
    await writing;
    writing = batch?.file.writeFile(text);
    // Whoever waits for it gets its failure.
    writing?.catch(() => undefined);
  };

  const end = async (): Promise<void> => {
    if (batch === undefined) return;
    await flush();
    await writing;
    const { file, name, ...counted } = batch;
    await file.sync();
    await file.close();
    batch = undefined;
    batches.push({ file: name, ...counted, link: before });
    await writeProgress(folder, { ...progress, batches });
  };

  const write = (batch: Open, event: Exported): void => {
    const place = { logId: progress.logId, sequence: ++sequence, before };
    let line: string;
    [line, before] = lineOf(event, place);
    lines.push(line, '\n');
    batch.last = event.position;
    batch.events += 1;
    batch.bytes += Buffer.byteLength(line) + 1;
    onEvent(event);
  };

  try {
    for await (const { events, position } of pages) {
      for (const event of events) {
        batch ??= await begin(event.position);
        write(batch, event);
        if (batch.bytes >= batchBytes) await end();
      }
      await flush();
      onProgress(position);
    }
    await end();
  } finally {
    await writing?.catch(() => undefined);
    await batch?.file.close();
  }
  return batches;
};

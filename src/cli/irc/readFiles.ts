// Reads files of logs one after the other, and puts the lines of all in the order of their times. Lines lie in temporary files, so
// that memory holds a few of them, however large the logs are.

import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type LineOfLog, numbered, type PlacedLine, placing } from '../../commands/importedMessages.ts';
import { inWords } from '../../inWords.ts';
import { createSpilledOrder, type SpilledOrder } from '../../store/embedded/spilledOrder.ts';
import { UsageError } from '../verb.ts';
import { linesOf } from './linesOf.ts';
import { decided, logReader, nickIn, type Read } from './readLog.ts';
import type { Unrecorded } from './unrecorded.ts';

/** Bytes. */
const CHUNK = 256 * 1024;

interface LogsOptions {
  /** Of times without an offset. */
  readonly timezone: string;
  readonly encoding?: string | undefined;
  /** ISO time, after which nobody said anything. */
  readonly now: string;
}

interface Undecided extends Read {
  readonly placed: PlacedLine;
}

export interface Logs {
  /** How many lines there are to record. */
  readonly size: number;
  /** All of them, in the order of their times. */
  inOrder(): Iterable<LineOfLog>;
  /** Names of the files of which nothing could be read, though they are not empty. */
  readonly barren: readonly string[];
}

/** @throws UsageError the file cannot be read */
async function* chunksOf(file: string, onBytes: () => void): AsyncGenerator<Uint8Array> {
  try {
    await using opened = await open(file);
    for (;;) {
      const { bytesRead, buffer } = await opened.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK);
      if (bytesRead === 0) return;
      onBytes();
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw new UsageError(`it cannot be read: ${inWords(error)}`);
  }
}

/** The number of a line among those of all files: of one file it rises. */
const numberOf = ({ from, said }: PlacedLine): number => from * 2 ** 32 + said.line;

/** @returns whether something could be read, or the file is empty. @throws UsageError */
const readInto = async (
  lines: SpilledOrder<PlacedLine>,
  { file, from }: { readonly file: string; readonly from: number },
  { timezone, encoding, now }: LogsOptions,
  unrecorded: Unrecorded,
): Promise<boolean> => {
  const source = basename(file);
  const undecided = createSpilledOrder<Undecided>();
  const nicks = new Set<string>();
  const [read, place] = [logReader(resolve(file), timezone, now), placing(from, source)];
  const before = lines.size;
  const take = ({ recorded, skipped }: Read, placed: PlacedLine | undefined): void => {
    if (skipped) unrecorded.add({ ...skipped, source });
    if (recorded && placed) lines.add(placed.time, numberOf(placed), placed);
  };
  let [line, isEmpty] = [0, true];
  const onBytes = (): void => {
    isEmpty = false;
  };
  try {
    for await (const raws of linesOf(chunksOf(file, onBytes), encoding))
      for (const raw of raws) {
        line += 1;
        const one = read(raw, line);
        if (one === undefined) continue;
        const placed = one.recorded && place(one.recorded);
        const nick = nickIn(one);
        if (nick !== undefined) nicks.add(nick);
        if (placed && one.skipped) undecided.add(line, 0, { ...one, placed });
        else take(one, placed);
      }
    for (const { placed, ...one } of undecided.inOrder()) take(decided(one, nicks), placed);
    return isEmpty || lines.size > before;
  } finally {
    undecided.close();
  }
};

/** `unrecorded`: gets the lines that are not read. @throws UsageError a file is no log, by its name */
export const readLogs = async (
  files: readonly string[],
  options: LogsOptions,
  unrecorded: Unrecorded,
): Promise<Logs> => {
  const lines = createSpilledOrder<PlacedLine>();
  const barren: string[] = [];
  for (const [from, file] of files.entries())
    try {
      if (!(await readInto(lines, { file, from }, options, unrecorded))) barren.push(basename(file));
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${file}: ${error.message}`) : error;
    }
  return { size: lines.size, inOrder: () => numbered(lines.inOrder()), barren };
};

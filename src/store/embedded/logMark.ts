// Notices that the file of the log was put back from a backup. A mark beside it says which file it was and how far it
// had come. A mark that is missing, is of another file, or knows an event that the file does not have, tells.

import { closeSync, constants, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { type EventLogReader, openEventLogReader } from './eventLogReader.ts';

export interface LogMark {
  /** The log has come to `position`, where the event `id` is. */
  set(position: number, id: string): void;
  close(): void;
}

const markOf = (file: string): string => `${file}.mark`;

/** Tells a file from every other one, also from a copy of it under the same name. */
const identityOf = (file: string): string => {
  const { ino, birthtimeNs } = statSync(file, { bigint: true });
  return `${ino}-${birthtimeNs}`;
};

/**
 * Keeps the mark of `file`, which is there. Nothing waits for the disk: after a power cut the mark may be older than the
 * log, never newer.
 */
export const openLogMark = (file: string): LogMark => {
  const identity = identityOf(file);
  let mark: number | undefined;
  return {
    set(position, id) {
      try {
        mark ??= openSync(markOf(file), constants.O_WRONLY | constants.O_CREAT, 0o600);
        writeSync(mark, `${identity} ${String(position).padStart(16)} ${id}\n`, 0);
      } catch {
        // The log goes on without it; at worst the next start takes it for one that was put back.
      }
    },
    close() {
      if (mark !== undefined) closeSync(mark);
      mark = undefined;
    },
  };
};

/** Whether the log in `file` has events, and is not, or not wholly, the one that was last written here. */
export const wasPutBack = (file: string): boolean => {
  let reader: EventLogReader | undefined;
  try {
    reader = openEventLogReader(file);
    if (reader.head() === 0) return false;
    const [identity, position, id] = readMark(file);
    if (identity !== identityOf(file)) return true;
    return reader.readLog(Number(position) - 1, 1)[0]?.id !== id;
  } catch {
    // There is no log yet, or none that can be read: whoever opens it for writing says so.
    return false;
  } finally {
    reader?.close();
  }
};

/** No parts: there is no mark. */
const readMark = (file: string): string[] => {
  try {
    return readFileSync(markOf(file), 'utf8').split(/\s+/);
  } catch {
    return [];
  }
};
